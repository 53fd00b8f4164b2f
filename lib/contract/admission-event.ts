import { z } from 'zod';
import { eventIdSchema } from './event.ts';
import { subjectSchema } from './tokens.ts';

/**
 * Id of an admission: `<ms since 1970>-<nonce of the call>-<number in the call>`. Made inside Redis (lua/queue/admit.lua,
 * lua/queue/enter.lua), unique without any counter that a loss of Redis could set back, and it says when it was given, so every
 * copy of its event falls into the same bucket of the statistics.
 */
export const admissionIdPattern = /^(\d{13})-[A-Za-z0-9_-]{12,22}-\d{1,4}$/;
export const admissionIdSchema = z.string().regex(admissionIdPattern);

/** When an admission was given, ms since 1970. Undefined: not an admission id. */
export function admittedAtMs(admissionId: string): number | undefined {
  const time = admissionIdPattern.exec(admissionId)?.[1];
  return time === undefined ? undefined : Number(time);
}

/**
 * Message of the FIFO queue admission-events: group = deduplication id = admission id. At least once: whoever
 * counts must count an admission id once.
 */
export const admissionEventSchema = z.strictObject({
  type: z.literal('admission'),
  eventId: eventIdSchema,
  generation: z.int().min(1),
  admissionId: admissionIdSchema,
  user: subjectSchema,
});
export type AdmissionEvent = z.infer<typeof admissionEventSchema>;
