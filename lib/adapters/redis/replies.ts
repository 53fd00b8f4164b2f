import { core, z } from 'zod';
import { UrrError } from '#core/errors.ts';
import type { Admission, QueueReply, Standing } from '#core/queue/ports.ts';

const int = z.int();
const text = z.string();

/** Parses a script's reply. A mismatch means that script and wrapper have different versions. */
export function decode<T>(schema: core.$ZodType<T>, reply: unknown, script: string): T {
  const parsed = core.safeParse(schema, reply);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues[0];
  throw new UrrError(
    'INTERNAL',
    `the reply of ${script} does not match its schema: ${problem?.path.join('.')} ${problem?.message}`,
  );
}

/** Replies of enter and status; the last value is a JSON list with one entry per visitor. */
const visitReply = z.tuple([z.literal(0), int, int, int, int, int, int, int, text]);
/** In place of a rank. */
const absent = -1;

export function decodeVisits(reply: unknown, script: string): QueueReply[] {
  const [, nowMs, inside, limit, waiting, moved, windowMs, atMs, answers] = decode(visitReply, reply, script);
  const values: unknown = JSON.parse(answers);
  if (!Array.isArray(values))
    throw new UrrError('INTERNAL', `the reply of ${script} contains no list of visitors`);
  const pace = { moved, windowMs, atMs };
  const totals = { nowMs, inside, limit: limit < 0 ? null : limit, waiting, pace };
  return values.map((value) => ({ standing: toStanding(value, script), totals }));
}

function toStanding(value: unknown, script: string): Standing {
  if (typeof value === 'number' && value >= 0) return { kind: 'waiting', rank: value };
  if (Array.isArray(value)) {
    const [admissionId, expiresAtMs]: unknown[] = value;
    if (typeof admissionId === 'string' && typeof expiresAtMs === 'number')
      return { kind: 'inside', admissionId, expiresAtMs };
  }
  if (value === absent) return { kind: 'absent' };
  throw new UrrError('INTERNAL', `the reply of ${script} contains an unknown state`);
}

export const admitReply = z.tuple(
  [z.int().min(0).max(2), int, int, int, int, int, int, int, int, text, int],
  text,
);
export const drainReply = z.tuple([z.int().min(0).max(1)]);
export const shortenReply = z.tuple([z.int().min(0).max(2)]);
export const leaveReply = z.tuple([z.int().min(0).max(2)]);
export const sweepReply = z.tuple([z.literal(0), int, int]);
export const limitReply = z.tuple([z.int().min(-1).max(0), int, int, int, int]);
export const outboxReply = z.tuple([
  z.int().min(0).max(1),
  int,
  z.array(z.tuple([text, z.array(text)])).max(1000),
]);

/** Returns (user, admission id) pairs; null: the list has an odd length. */
export function toAdmissions(pairs: readonly string[]): Admission[] | null {
  if (pairs.length % 2 !== 0) return null;
  const admissions: Admission[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const user = pairs[i];
    const admissionId = pairs[i + 1];
    if (user === undefined || admissionId === undefined) return null;
    admissions.push({ user, admissionId });
  }
  return admissions;
}
