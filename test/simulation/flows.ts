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

const small = (signsIn: FlowPlan['signsIn']): FlowPlan[] =>
  [1, 10].flatMap((cycle) =>
    [20, 60].map((stayMean) => ({
      ...base,
      name: `limit 10, stays ${stayMean} s, cycle ${cycle} s, sign-in ${signsIn}`,
      signsIn,
      cycle,
      stayMean,
      visitors: stayMean === 20 ? 300 : 100,
    })),
  );

/** The sales of F10. */
export const flows: readonly FlowPlan[] = [
  ...small('waiting'),
  ...small('between'),
  { ...base, name: 'limit 10, everybody signed in before', signsIn: 'before' },
  { ...base, name: 'limit 100, 1,000 visitors', limit: 100, visitors: 1_000 },
  {
    ...base,
    name: 'limit 100, 1,000 visitors, paused for two minutes',
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
export interface FlowBounds {
  readonly secondWait: number;
  readonly used: number;
  readonly inRange: number;
  readonly width: number;
  readonly jumps: number;
}

const reach: FlowBounds = { secondWait: 30, used: 0.9, inRange: 0.85, width: 0.6, jumps: 0.001 };

/**
 * What each flow is held to. Below the reach, and why: where people sign in after they were called, a place is promised
 * 45 s before anybody can take it; with ten places the next twenty departures are spread by chance alone over a range
 * wider than 0.6 of its middle; and a sale of three minutes has little time to learn how long stays are.
 */
export function bounds({ limit, signsIn, stayMean }: FlowPlan): FlowBounds {
  if (signsIn === 'between') return { secondWait: 60, used: 0.8, inRange: 0.5, width: 1.1, jumps: 0.005 };
  if (limit > 10) return stayMean === 20 ? { ...reach, inRange: 0.8 } : reach;
  return { ...reach, inRange: 0.75, width: stayMean === 20 ? 0.7 : 1 };
}
