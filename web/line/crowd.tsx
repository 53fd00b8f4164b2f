import { cordPath, crowdSize, looksOf, slotOf, slotPoint } from './crowd-path.ts';

/**
 * The drawn line: people ahead solid, the visitor lit, people behind faint, and the door. Decoration, hidden from screen
 * readers: the text beside it says the same.
 */
export function Crowd(props: { peopleAhead: number | null; isMoving: boolean; isDoorOpen: boolean }) {
  const own = props.peopleAhead === null ? null : props.isDoorOpen ? 0 : slotOf(props.peopleAhead);
  const slots = Array.from({ length: crowdSize.people }, (_, slot) => slot);
  return (
    <svg
      class={`crowd${props.isMoving ? ' moving' : ''}${props.isDoorOpen ? ' open' : ''}`}
      viewBox={`0 0 ${crowdSize.width} ${crowdSize.height}`}
      aria-hidden="true"
    >
      <path class="cord" d={cordPath} />
      <g class="door">
        <path class="light" d="M314 58V24a15 15 0 0 1 30 0v34z" />
        <path class="frame" d="M314 58V24a15 15 0 0 1 30 0v34M308 58h42" />
      </g>
      {slots
        .filter((slot) => slot !== own)
        // From the back, so that nearer people cover those behind them.
        .reverse()
        .map((slot) => {
          const { x, y } = slotPoint(slot);
          const kind = own === null || slot > own ? 'behind' : 'ahead';
          const { scale, aside, sway } = looksOf(slot);
          return (
            <g
              key={slot}
              transform={`translate(${x.toFixed(1)} ${(y + aside).toFixed(1)}) scale(${scale.toFixed(2)})`}
            >
              <Person class={`person ${kind} sway${sway}`} />
            </g>
          );
        })}
      {own !== null && <Own slot={own} />}
    </svg>
  );
}

function Own(props: { slot: number }) {
  const { x, y } = slotPoint(props.slot);
  return (
    <g class="own-way" style={{ transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)` }}>
      <ellipse class="halo" cy="10" rx="15" ry="5" />
      <g transform="scale(1.35)">
        <Person class="person own" />
      </g>
    </g>
  );
}

function Person(props: { class: string }) {
  return (
    <g class={props.class}>
      <circle cy="-9" r="4.2" />
      <path d="M-5.8 9V2a5.8 5.8 0 0 1 11.6 0v7a1.6 1.6 0 0 1-1.6 1.6h-8.4A1.6 1.6 0 0 1-5.8 9z" />
    </g>
  );
}
