import { setTimeout as delay } from 'node:timers/promises';
import { patienceMs } from './patience-ms.ts';

/**
 * Waits until `look` throws no more, and answers what it answers: for expectations that come true in a while.
 * @param everyMs how often it looks
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
 * Asks until the answer is what is waited for. Answers it.
 * @param everyMs how long it waits after an answer
 * @throws Error with the last answer when it never comes
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
