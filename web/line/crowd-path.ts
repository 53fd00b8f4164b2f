/** Geometry of the drawn line, folded as between posts and cords, in the drawing's units. */
export const crowdSize = { width: 360, height: 168, people: 42 } as const;

const left = 36;
const right = 292;
const rows = [36, 86, 136] as const;
const bend = (rows[1] - rows[0]) / 2;
const straight = right - left;
const turn = Math.PI * bend;
const whole = 3 * straight + 2 * turn;

/** Point at this share of the line: 0 is at the door (upper right), 1 is the end of the line (lower left). */
function pointAt(share: number): { readonly x: number; readonly y: number } {
  let way = Math.min(1, Math.max(0, share)) * whole;
  if (way <= straight) return { x: right - way, y: rows[0] };
  way -= straight;
  if (way <= turn) return onBend(left, rows[0] + bend, -1, way / bend);
  way -= turn;
  if (way <= straight) return { x: left + way, y: rows[1] };
  way -= straight;
  if (way <= turn) return onBend(right, rows[1] + bend, 1, way / bend);
  way -= turn;
  return { x: right - way, y: rows[2] };
}

function onBend(x: number, y: number, side: 1 | -1, angle: number) {
  return { x: x + side * bend * Math.sin(angle), y: y - bend * Math.cos(angle) };
}

/** The cord beside the line. */
export const cordPath =
  `M${right} ${rows[0]}H${left}a${bend} ${bend} 0 0 0 0 ${2 * bend}H${right}` +
  `a${bend} ${bend} 0 0 1 0 ${2 * bend}H${left}`;

export const slotPoint = (slot: number) => pointAt(slot / (crowdSize.people - 1));

/** Height and offset of a person. They depend on the slot alone, so that nobody jumps when the line moves. */
export const looksOf = (slot: number) => ({
  scale: 0.92 + ((slot * 37) % 23) / 90,
  aside: ((slot * 53) % 17) / 4 - 2,
  sway: (slot * 7) % 5,
});

/** This many of the people ahead have a slot each; beyond them, a slot represents ever more people. */
const oneByOne = 8;
const aheadFull = 100_000;
/** The last slots are for the people behind. */
const slotMax = crowdSize.people - 5;

/** The visitor's slot. Fewer people ahead never move it back. */
export function slotOf(peopleAhead: number): number {
  if (peopleAhead <= oneByOne) return Math.max(0, Math.floor(peopleAhead));
  const share = Math.log(peopleAhead / oneByOne) / Math.log(aheadFull / oneByOne);
  return Math.min(slotMax, oneByOne + Math.round(share * (slotMax - oneByOne)));
}
