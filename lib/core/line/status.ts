import type { UrrEvent } from '#contract/event.ts';
import { pollBands, type StatusDocument } from '#contract/line-http.ts';
import { eventState } from '../events/state.ts';
import { reachedLevels } from './calls.ts';
import { total, waitingTotal } from './position.ts';
import { lineRate } from './rate.ts';
import type { ServingState } from './serving.ts';

/** The document that every waiting page polls. `serving` undefined: nobody has joined yet. */
export function statusDocument(
  event: UrrEvent,
  serving: ServingState | undefined,
  nowMs: number,
): StatusDocument {
  const zeros = Array.from({ length: event.shards }, () => 0);
  const line = serving ?? { serving: zeros, issued: zeros, expired: zeros, checkpoints: [] };
  const { messageKo: ko, messageEn: en } = event;
  const hasMessage = ko !== undefined || en !== undefined;
  return {
    eventId: event.eventId,
    state: eventState(event, nowMs),
    mode: event.mode,
    generation: event.generation,
    serving: [...line.serving],
    issued: [...line.issued],
    expired: [...line.expired],
    claimWindowSeconds: event.claimWindowSeconds,
    reached: reachedLevels(line.checkpoints),
    totals: {
      joined: total(line.issued),
      called: total(line.serving),
      waiting: waitingTotal(line.issued, line.serving),
    },
    ratePerMinute: lineRate(event, serving),
    pollBands: [...pollBands],
    ...(event.opensAt === undefined ? {} : { opensAt: event.opensAt }),
    ...(hasMessage
      ? { message: { ...(ko === undefined ? {} : { ko }), ...(en === undefined ? {} : { en }) } }
      : {}),
    serverTimeMs: nowMs,
  };
}
