import { z } from 'zod';

/** Messages from the runner to a function's process: one `start`, then one `invoke` at a time. */
const toRuntimeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('start'),
    directory: z.string(),
    handler: z.string(),
    /** Address of the embedded server by AWS service, only for Lambda@Edge (edge-dns.ts). */
    dns: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    kind: z.literal('invoke'),
    event: z.unknown(),
    requestId: z.string(),
    functionArn: z.string(),
    deadlineMs: z.number(),
    /** `Root=…;Parent=…;Sampled=…`, as Lambda sets it for each request. */
    traceId: z.string(),
  }),
]);
export type ToRuntime = z.infer<typeof toRuntimeSchema>;

export const fromRuntimeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('result'), payload: z.unknown() }),
  z.strictObject({
    kind: z.literal('error'),
    errorType: z.string(),
    errorMessage: z.string(),
    trace: z.array(z.string()).max(50),
  }),
]);
export type FromRuntime = z.infer<typeof fromRuntimeSchema>;
