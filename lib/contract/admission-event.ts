import { z } from 'zod';
import { eventIdSchema } from './event.ts';
import { subjectSchema } from './tokens.ts';

/**
 * Id of an admission: `<ms since 1970>-<nonce of the call>-<number in the call>`. Redis makes it (lua/queue/admit.lua,
 * enter.lua). It is unique without a counter that a loss of data could reset. Its time puts every copy of the admission
 * event into the same bucket of the statistics.
 */
const admissionIdPattern = /^(\d{13})-[A-Za-z0-9_-]{12,22}-\d{1,4}$/;
export const admissionIdSchema = z.string().regex(admissionIdPattern);

/** Time of an admission, ms since 1970. Undefined: not an admission id. */
export function admittedAtMs(admissionId: string): number | undefined {
  const time = admissionIdPattern.exec(admissionId)?.[1];
  return time === undefined ? undefined : Number(time);
}

/**
 * Message of the FIFO queue admission-events: group = deduplication id = admission id. Delivered at least once, so a
 * consumer must count each admission id once.
 */
export const admissionEventSchema = z.strictObject({
  type: z.literal('admission'),
  eventId: eventIdSchema,
  generation: z.int().min(1),
  admissionId: admissionIdSchema,
  user: subjectSchema,
});
export type AdmissionEvent = z.infer<typeof admissionEventSchema>;
