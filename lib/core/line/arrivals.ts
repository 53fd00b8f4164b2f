import { z } from 'zod';
import { roundForStorage } from './round-for-storage.ts';

const amount = z.number().min(0);

/**
 * How long called people take to come, and how many of them come. Only totals are known, calls and arrivals. Several mean
 * delays are therefore tried side by side, and each one's weight follows from how well it predicted the arrivals.
 *
 *   waiting = sum over calls of e^(−age ÷ delay)      due = calls − waiting      share that comes = arrivals ÷ due
 *
 * Part of the serving state. Sums decay with `memoryMs`.
 */
export const arrivalsSchema = z.object({
  /** `updatedAtMs` of the last capacity. */
  atMs: z.int().min(0),
  called: z.int().min(0),
  came: z.int().min(0),
  /** Arrivals; decays. */
  seen: amount,
  /** One per delay in `delaysSeconds`; `fit` is a log-likelihood. `due` and `fit` decay. */
  tried: z.array(z.object({ waiting: amount, due: amount, fit: z.number() })),
});
export type Arrivals = z.infer<typeof arrivalsSchema>;

/** From a page that is ready (seconds) over a slow poll (15 s) to a long sign-in. */
const delaysSeconds = [4, 8, 16, 30, 50, 80, 130];
/** Decay: a measurement of this age counts about a third. */
const memoryMs = 300_000;
/** Weight of the first guess of the share, in people measured. */
const guessWeight = 20;
/** First guess of the share for estimates. */
export const arrivingShareGuess = 0.8;
/** Weight of the first guess of the mean delay, which is none, in arrivals measured. */
const delayWeight = 1;
/** Smallest share. Few arrivals must not make one call flood tier 2. */
const shareMin = 0.1;
/** Arrivals per second that no call explains, so that one late visitor excludes no delay. */
const strayPerSecond = 0.005;
/** Arrivals scatter more than by chance alone, as polls and cycles bundle them: a fit counts half. */
const fitWeight = 0.5;

const shareOf = (seen: number, due: number, guess: number): number =>
  Math.min(1, Math.max(shareMin, (seen + guess * guessWeight) / (due + guessWeight)));

/** Adds the calls made since `known`, as made right after it, and the arrivals until now. */
export function addArrivals(
  known: Arrivals | undefined,
  now: Pick<Arrivals, 'atMs' | 'called' | 'came'>,
): Arrivals {
  const none = { waiting: 0, due: 0, fit: 0 };
  if (known === undefined) return { ...now, seen: 0, tried: delaysSeconds.map(() => none) };
  const seconds = Math.max(0, now.atMs - known.atMs) / 1000;
  const came = Math.max(0, now.came - known.came);
  const called = Math.max(0, now.called - known.called);
  const kept = Math.exp((-seconds * 1000) / memoryMs);
  const tried = delaysSeconds.map((delaySeconds, index) => {
    const before = known.tried[index] ?? none;
    const waiting = (before.waiting + called) * Math.exp(-seconds / delaySeconds);
    const due = before.waiting + called - waiting;
    const predicted = shareOf(known.seen, before.due, arrivingShareGuess) * due + strayPerSecond * seconds;
    const fit = seconds > 0 ? fitWeight * (came * Math.log(predicted) - predicted) : 0;
    return {
      waiting: roundForStorage(waiting),
      due: roundForStorage(before.due * kept + due),
      fit: roundForStorage(before.fit * kept + fit),
    };
  });
  return {
    ...now,
    atMs: Math.max(known.atMs, now.atMs),
    seen: roundForStorage(known.seen * kept + came),
    tried,
  };
}

/**
 * The share of called people who come, the people on their way, and their mean delay: means over the delays tried.
 *
 * @param guess the share before anything is measured
 */
export function predictArrivals(
  known: Arrivals | undefined,
  guess: number,
): { readonly share: number; readonly expected: number; readonly delaySeconds: number } {
  const { seen, tried } = known ?? { seen: 0, tried: [] };
  const best = tried.reduce((most, { fit }) => Math.max(most, fit), -Infinity);
  const each = tried.map(({ waiting, due, fit }, index) => {
    const share = shareOf(seen, due, guess);
    const delaySeconds = delaysSeconds[index] ?? 0;
    return { weight: Math.exp(fit - best), share, expected: share * waiting, delaySeconds };
  });
  const weights = each.reduce((sum, { weight }) => sum + weight, 0);
  if (weights === 0) return { share: guess, expected: 0, delaySeconds: 0 };
  const mean = (of: (one: (typeof each)[number]) => number) =>
    each.reduce((sum, one) => sum + one.weight * of(one), 0) / weights;
  return {
    share: roundForStorage(mean(({ share }) => share)),
    expected: mean(({ expected }) => expected),
    delaySeconds: (mean(({ delaySeconds }) => delaySeconds) * seen) / (seen + delayWeight),
  };
}

/** The share that comes, as estimates use it. */
export const arrivingShare = (known: Arrivals | undefined): number =>
  predictArrivals(known, arrivingShareGuess).share;
