import { setTimeout as delay } from 'node:timers/promises';
import { patienceMs } from './patience-ms.ts';

/**
 * Repeats `look` until it does not throw, and returns its result, for expectations that become true later.
 * @param everyMs time between two calls
 */
export async function eventually<T>(look: () => T | Promise<T>, everyMs = 50): Promise<T> {
  const endMs = Date.now() + patienceMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > endMs) throw error;
    }
    await delay(everyMs);
  }
}

/**
 * Repeats `ask` until its result is the expected one, and returns it.
 * @param everyMs time between a result and the next call
 * @throws Error with the last result if the expected one never comes
 */
export async function until<T>(
  ask: () => T | Promise<T>,
  isDone: (answer: T) => boolean,
  everyMs = 250,
): Promise<T> {
  const endMs = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    if (Date.now() > endMs) throw new Error(`it never comes; the last answer was ${JSON.stringify(answer)}`);
    await delay(everyMs);
  }
}
