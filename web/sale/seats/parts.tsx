import type { SaleWords } from './words.ts';

/**
 * A number between two buttons. It is an `output`, so screen readers announce its change. The buttons at a limit are
 * `aria-disabled` and not `disabled`, which would take the focus from the keyboard.
 */
export function Stepper(props: {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly words: SaleWords;
  onChange(value: number): void;
}) {
  const { id, label, value, least, most, words } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot be in one line with its controls.
    <div class="stepper" role="group" aria-label={label}>
      <button
        type="button"
        class="quiet round"
        id={`${id}-fewer`}
        aria-label={`${label}: ${words.fewer}`}
        aria-disabled={value <= least}
        onClick={() => value > least && props.onChange(value - 1)}
      >
        <span aria-hidden="true">−</span>
      </button>
      <output id={id}>{value}</output>
      <button
        type="button"
        class="quiet round"
        id={`${id}-more`}
        aria-label={`${label}: ${words.more}`}
        aria-disabled={value >= most}
        onClick={() => value < most && props.onChange(value + 1)}
      >
        <span aria-hidden="true">+</span>
      </button>
    </div>
  );
}

const rowSize = { width: 360, height: 118, seats: 9, step: 36 } as const;

/** Decoration: a row of seats in front of the stage, with the visitor's own in its middle. The text says the same. */
export function SeatedRow({ own, isLit }: { own: number; isLit: boolean }) {
  const first = Math.floor((rowSize.seats - Math.min(own, rowSize.seats)) / 2);
  const seats = Array.from({ length: rowSize.seats }, (_, seat) => seat);
  const x = (seat: number) => rowSize.width / 2 + (seat - (rowSize.seats - 1) / 2) * rowSize.step;
  return (
    <svg
      class={`seated${isLit ? ' lit' : ''}`}
      viewBox={`0 0 ${rowSize.width} ${rowSize.height}`}
      aria-hidden="true"
    >
      <path class="beam" d="M128 12h104l88 78H40z" />
      <path class="boards" d="M116 12q64 10 128 0" />
      {seats.slice(0, -1).map((seat) => (
        <g key={seat} transform={`translate(${x(seat) + rowSize.step / 2} 62) scale(0.8)`}>
          <Sitting class="person far" />
        </g>
      ))}
      {seats.map((seat) => (
        <g key={seat} transform={`translate(${x(seat)} 92) scale(1.15)`}>
          {seat >= first && seat < first + own ? (
            <Sitting class="person own" />
          ) : (
            <Sitting class={seat % 3 === 1 ? 'person none' : 'person near'} />
          )}
        </g>
      ))}
    </svg>
  );
}

/** A person from behind: head and shoulders over the back of a seat. */
function Sitting(props: { class: string }) {
  return (
    <g>
      <g class={props.class}>
        <circle cy="-10" r="4.6" />
        <path d="M-6.6 8V1a6.6 6.6 0 0 1 13.2 0v7z" />
      </g>
      <rect class="back" x="-10" y="1" width="20" height="15" rx="5" />
    </g>
  );
}

export function clockText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
