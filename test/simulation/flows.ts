import type { FlowPlan } from './two-lines.ts';

const base = {
  seed: 20_261_121,
  visitors: 100,
  limit: 10,
  cycle: 10,
  stayMean: 60,
  ratePerMinute: 3_000,
  signsIn: 'waiting',
  signInMean: 45,
  noShowShare: 0.3,
} as const satisfies Omit<FlowPlan, 'name'>;

const named = (limit: number, signsIn: FlowPlan['signsIn']): FlowPlan[] =>
  [1, 10].flatMap((cycle) =>
    [20, 60].map((stayMean) => ({
      ...base,
      name: `limit ${limit}, stays ${stayMean} s, cycle ${cycle} s, sign-in ${signsIn}`,
      limit,
      signsIn,
      cycle,
      stayMean,
      visitors: (stayMean === 20 ? 30 : 10) * limit,
    })),
  );

/** The sales of F10. */
export const flows: readonly FlowPlan[] = [
  ...named(10, 'waiting'),
  ...named(10, 'between'),
  ...named(100, 'waiting'),
  ...named(100, 'between'),
  { ...base, name: 'limit 10, everybody signed in before', signsIn: 'before' },
  {
    ...base,
    name: 'limit 100, stays 60 s, cycle 10 s, paused for two minutes',
    limit: 100,
    visitors: 1_000,
    pause: { at: 180, length: 120 },
  },
  {
    ...base,
    name: 'limit 1,000, stays 20 s, 10,000 visitors',
    limit: 1_000,
    visitors: 10_000,
    stayMean: 20,
    ratePerMinute: 6_000,
  },
];

/** What a flow must reach. */
interface FlowBounds {
  readonly secondWait: number;
  readonly used: number;
  readonly inRange: number;
  readonly width: number;
}

const reach: FlowBounds = { secondWait: 30, used: 0.9, inRange: 0.85, width: 0.6 };

/**
 * Bounds of each flow; estimates jump in none. Three are below the reach. With ten places, chance moves the figures of two
 * runs. Where visitors sign in only after the call, the line does not know at first how long they take. With ten places and
 * stays of a minute, the waits are spread over more than 0.6 of their middle (docs/adr/0113).
 */
export function bounds({ limit, signsIn, stayMean }: FlowPlan): FlowBounds {
  const width = limit > 10 || stayMean === 20 ? reach.width : 0.95;
  if (limit > 10) return { ...reach, inRange: 0.75, width };
  if (signsIn === 'between') return { secondWait: 40, used: 0.75, inRange: 0.65, width };
  return { ...reach, inRange: 0.65, width };
}
