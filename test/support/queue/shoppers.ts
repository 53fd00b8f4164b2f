import { type Shopper, send } from './admission-kit.ts';

/** Behaviour of shoppers in a crowd. Times in milliseconds. */
interface CrowdPlan {
  readonly eventId: string;
  /** Addresses of the running workers; each request goes to one of them. */
  readonly urls: () => readonly string[];
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
  readonly pollMs: number;
  readonly visitMsMax: number;
  readonly isOver: () => boolean;
}

interface CrowdSeen {
  /** Owner of each admission id that shoppers have received. */
  readonly admissions: Map<string, string>;
  readonly statuses: Map<number, number>;
  lostConnections: number;
}

export const newCrowdSeen = (): CrowdSeen => ({
  admissions: new Map(),
  statuses: new Map(),
  lostConnections: 0,
});

/**
 * Plays shoppers one after the other in one place of the crowd: each joins, polls, shops, and then leaves, stops
 * polling or loses the network, until the time has passed.
 */
export async function shop(plan: CrowdPlan, shopper: Shopper, seen: CrowdSeen): Promise<void> {
  const { random, eventId } = plan;
  const ask = async (method: string, path: string) => {
    const urls = plan.urls();
    const url = urls[Math.floor(random() * urls.length)];
    if (url === undefined) return undefined;
    try {
      const answer = await send(url, method, path, shopper, {
        headers: { 'x-forwarded-for': addressOf(shopper) },
      });
      seen.statuses.set(answer.status, (seen.statuses.get(answer.status) ?? 0) + 1);
      const { admissionId } = answer.body;
      if (typeof admissionId === 'string') seen.admissions.set(admissionId, shopper.sub);
      return answer.body.state;
    } catch {
      // The worker was killed during the request; the shopper tries another one.
      seen.lostConnections += 1;
      return undefined;
    }
  };
  while (!plan.isOver()) {
    const state = await ask('POST', `check/${eventId}`);
    if (state !== 'admitted') {
      await sleep(plan.pollMs * (0.8 + 0.4 * random()));
      // Some visitors close the tab while they wait.
      if (random() < 0.02) await sleep(plan.visitMsMax);
      continue;
    }
    const visitMs = random() * plan.visitMsMax;
    await sleep(visitMs / 2);
    if (random() < 0.5) await ask('POST', `heartbeat/${eventId}`);
    await sleep(visitMs / 2);
    if (random() < 0.6) await ask('POST', `leave/${eventId}`);
    else await sleep(plan.visitMsMax);
  }
}

function addressOf({ sub }: Shopper): string {
  const n = [...sub].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 16_000_000, 7);
  return `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
