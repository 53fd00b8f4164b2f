import type { ComponentChildren } from 'preact';

export interface EndCardProps {
  /** @default no id */
  readonly id?: string;
  /** @default no heading, if the page's own heading is enough */
  readonly title?: string;
  /** @default no text below the heading */
  readonly lead?: string;
  /** Links and buttons: where the visitor can go from here. @default none */
  readonly children?: ComponentChildren;
}

/** The card of a page that has nothing more to do: what happened, and where to go. */
export function EndCard({ id, title, lead, children }: EndCardProps) {
  return (
    <section class="card ended" id={id}>
      {title !== undefined && <h2>{title}</h2>}
      {lead !== undefined && <p class="lead">{lead}</p>}
      {children}
    </section>
  );
}
