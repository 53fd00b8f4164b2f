import { parseArgs } from 'node:util';
import { z } from 'zod';
import { eventIdSchema } from '#contract/event.ts';

/** Limits of one run: the tool tests a system on this machine and no other. */
const usersMax = 100_000;
const durationSecondsMax = 3600;

const hostsAllowed = ['127.0.0.1', 'localhost', '[::1]'];

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(most));

const share = z
  .string()
  .regex(/^[01](?:\.\d{1,9})?$/, 'must be a number from 0 to 1')
  .transform(Number)
  .pipe(z.number().min(0).max(1));

const optionsSchema = z.strictObject({
  users: whole(1, usersMax).default(100),
  event: eventIdSchema,
  url: z
    .url()
    .refine(
      (url) => isOwnMachine(url),
      `must be http on ${hostsAllowed.join(', ')}: no other machine may be tested`,
    )
    .transform((url) => new URL(url).origin)
    .default('http://localhost:8787'),
  delay: whole(0, 60_000).default(10),
  wait: whole(0, durationSecondsMax).default(0),
  duration: whole(1, durationSecondsMax).default(300),
  concurrency: whole(1, 1000).default(64),
  'max-error-share': share.default(0.001),
  report: z.string().min(1).optional(),
});

function isOwnMachine(url: string): boolean {
  const { protocol, hostname, username, password } = new URL(url);
  return protocol === 'http:' && hostsAllowed.includes(hostname) && username === '' && password === '';
}

export interface LoadOptions {
  readonly users: number;
  readonly eventId: string;
  readonly url: string;
  /** Time between the starts of two visitors; 0: as fast as `concurrency` allows. */
  readonly delayMs: number;
  /** Time that each visitor waits in the line for the pass; 0: it only joins. */
  readonly waitSeconds: number;
  /** End of the run, which cuts off open requests. */
  readonly durationSeconds: number;
  /** Most open joins. */
  readonly concurrency: number;
  /** Exit code 1 above this share of failed visitors. */
  readonly errorShareMax: number;
  /** File for the report as JSON. */
  readonly reportPath: string | undefined;
}

export const usage = `npm run load -- --event ID [options]
  --users N              visitors, at most ${usersMax} (100)
  --url URL              the running system, on this machine only (http://localhost:8787)
  --delay MS             between the starts of two visitors (10)
  --wait SECONDS         wait in line that long for the pass (0: join only)
  --duration SECONDS     end of the run at the latest, at most ${durationSecondsMax} (300)
  --concurrency N        joins under way at one time (64)
  --max-error-share X    exit code 1 above this share of failed visitors (0.001)
  --report FILE          write the report as JSON`;

/** Reads the command line strictly. Throws an error that names every wrong option. */
export function parseLoadOptions(words: readonly string[]): LoadOptions {
  const names = Object.keys(optionsSchema.shape);
  const { values } = parseArgs({
    args: [...words],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    strict: true,
    allowPositionals: false,
  });
  const parsed = optionsSchema.safeParse(values);
  if (!parsed.success) {
    throw new Error(
      parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n'),
    );
  }
  const { event, delay, wait, duration, report, users, url, concurrency } = parsed.data;
  return {
    users,
    url,
    concurrency,
    eventId: event,
    delayMs: delay,
    waitSeconds: wait,
    durationSeconds: duration,
    errorShareMax: parsed.data['max-error-share'],
    reportPath: report,
  };
}
