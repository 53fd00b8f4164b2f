import { assignAnswerSchema } from '#contract/line-http.ts';
import { createLine } from '../../../web/line/line.ts';
import type { LineView } from '../../../web/line/line-view.ts';
import { api } from '../../../web/shared/addresses.ts';
import { type Answer as PageAnswer, retryAfterSeconds } from '../../../web/shared/api.ts';
import type { Answer, HttpClient } from '../http/client.ts';
import { CookieJar } from '../http/cookie-jar.ts';

/** Outcome of a visit. `allowed`: may go to the sale. `queued`: has a place and was not called in time. */
export type Visit =
  | { readonly kind: 'allowed' | 'queued'; readonly joinMs: number }
  | { readonly kind: 'failed'; readonly code: string };

/** Joins as a new visitor, with one request. */
export async function join(
  client: Pick<HttpClient, 'ask'>,
  eventId: string,
  jar = new CookieJar(),
): Promise<Visit> {
  const started = performance.now();
  try {
    const answer = await client.ask(api.assign(eventId), { method: 'POST', jar });
    const joinMs = performance.now() - started;
    if (answer.status < 300) {
      const isPlace = assignAnswerSchema.safeParse(JSON.parse(answer.body)).success;
      return isPlace ? { kind: 'queued', joinMs } : { kind: 'failed', code: 'UNREADABLE_ANSWER' };
    }
    const code = codeOf(answer);
    return code === 'WAITING_ROOM_INACTIVE' ? { kind: 'allowed', joinMs } : { kind: 'failed', code };
  } catch {
    return { kind: 'failed', code: 'NO_ANSWER' };
  }
}

export interface Waiting {
  /** Ends the visit: no request follows. Returns its outcome. */
  readonly end: () => Visit;
  /** Resolves when the visitor is admitted, or can never be. */
  readonly over: Promise<void>;
  readonly view: () => LineView;
}

/** Waits in line exactly as the waiting page does: the page's own code, with this client instead of a browser. */
export function wait(client: Pick<HttpClient, 'ask'>, eventId: string, jar = new CookieJar()): Waiting {
  const started = performance.now();
  const memory = new Map<string, string>();
  const { promise: over, resolve: finish } = Promise.withResolvers<void>();
  let joinMs: number | undefined;
  let isGone = false;

  const line = createLine(
    eventId,
    {
      request: async (path, reader, options): Promise<PageAnswer<ReturnType<typeof reader>>> => {
        try {
          const answer = await client.ask(path, { method: options?.method ?? 'GET', jar });
          if (answer.status < 300) return { kind: 'ok', value: reader(JSON.parse(answer.body)) };
          const after = retryAfterSeconds(answer.headers['retry-after'] ?? null, Date.now());
          return { kind: 'refused', code: codeOf(answer), retryAfterSeconds: after };
        } catch {
          return { kind: 'lost' };
        }
      },
      nowMs: Date.now,
      dice: Math.random,
      later: (run, delayMs) => {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
      recall: (key) => memory.get(key) ?? null,
      remember: (key, value) => memory.set(key, value),
      // Only a browser is redirected and needs the hint.
      setOpenHint: () => {},
      sendBeacon: () => {},
      go: () => {
        isGone = true;
        line.stop();
        finish();
      },
    },
    (view) => {
      if (view.ticket !== null || view.phase === 'leaving') joinMs ??= performance.now() - started;
      if (['expired', 'no-event', 'sign-in', 'refused'].includes(view.phase)) finish();
    },
  );
  line.start();

  return {
    over,
    view: line.view,
    end: () => {
      line.stop();
      const { phase, ticket, refusalCode } = line.view();
      if (isGone && joinMs !== undefined) return { kind: 'allowed', joinMs };
      if (ticket !== null && joinMs !== undefined && ['waiting', 'called', 'leaving'].includes(phase)) {
        return { kind: 'queued', joinMs };
      }
      return { kind: 'failed', code: refusalCode ?? (ticket === null ? 'NO_ANSWER' : phase.toUpperCase()) };
    },
  };
}

function codeOf(answer: Answer): string {
  try {
    const body: unknown = JSON.parse(answer.body);
    if (typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string') {
      return body.code;
    }
  } catch {
    // A response of an intermediary is named by its status.
  }
  return `HTTP_${answer.status}`;
}
