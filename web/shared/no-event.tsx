import { pages } from './addresses.ts';
import type { Voice } from './mount.tsx';

export function NoEvent({ t }: { t: Voice['t'] }) {
  return (
    <section class="card ended">
      <h1>{t.noEvent}</h1>
      <p class="lead">{t.noEventHint}</p>
      <a class="primary" href={pages.home}>
        {t.home}
      </a>
    </section>
  );
}
