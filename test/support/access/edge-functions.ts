import { createContext, runInContext } from 'node:vm';
import { z } from 'zod';
import type { EdgeConfig } from '#contract/edge-config.ts';
import { bundleCanonicalPath } from '../../../edge/bundle.ts';
import { routeTree } from '../../../edge/shared/tree.ts';
import { makeHandler } from '../../../edge/token-gate/handler.ts';
import { readyConfig } from '../../../edge/token-gate/ready-config.ts';
import type { ViewerEvent } from './edge-events.ts';

/**
 * Runs the deployed bundle in a context with only the language: no require, process, fetch or timers. Events and
 * results pass as JSON, as between CloudFront and its runtime.
 */
export function canonicalPathFunction(code: string = bundleCanonicalPath()): (event: ViewerEvent) => unknown {
  const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
  runInContext(code, context, { filename: 'canonical-path.js' });
  return (event) => {
    const json: unknown = runInContext(`JSON.stringify(handler(${JSON.stringify(event)}))`, context);
    const result: unknown = JSON.parse(String(json));
    return result;
  };
}

/** The gate with a given configuration instead of S3. */
export function tokenGate(
  config: EdgeConfig | undefined,
  nowMs: number,
  log: (line: object) => void = () => {},
) {
  return makeHandler({
    tree: routeTree,
    load: async () => {
      if (config === undefined) throw new Error('nothing to read');
      return readyConfig(config, true);
    },
    nowMs: () => nowMs,
    log,
  });
}

interface GateAnswer {
  /** 0: the request is forwarded to the origin. */
  readonly status: number;
  readonly code: string | undefined;
  readonly location: string | undefined;
  readonly redirectTo: string | undefined;
  readonly uri: string | undefined;
}

const viewerAnswer = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.object({ value: z.string() })),
  cookies: z.record(z.string(), z.object({ value: z.literal(''), attributes: z.string() })),
  body: z.object({ data: z.string() }),
});
const originAnswer = z.object({
  status: z.string(),
  headers: z.record(z.string(), z.array(z.object({ value: z.string() })).min(1)),
  body: z.string(),
});
const forwarded = z.object({ method: z.string(), uri: z.string() });
const bodySchema = z.object({ error: z.string(), code: z.string(), redirectTo: z.string().optional() });

/** Returns the response of either function. Throws if CloudFront would not accept it. */
export function readAnswer(result: unknown): GateAnswer {
  const viewer = viewerAnswer.safeParse(result).data;
  if (viewer !== undefined)
    return answerOf(viewer.statusCode, viewer.headers.location?.value, viewer.body.data);
  const origin = originAnswer.safeParse(result).data;
  if (origin !== undefined)
    return answerOf(Number(origin.status), origin.headers.location?.[0]?.value, origin.body);
  return { ...answerOf(0, undefined, ''), uri: forwarded.parse(result).uri };
}

/** Returns the headers of a response of either function, and its Set-Cookie lines. */
export function readHeaders(result: unknown): {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly setCookies: readonly string[];
} {
  const viewer = viewerAnswer.safeParse(result).data;
  if (viewer !== undefined) {
    const named = Object.entries(viewer.headers).map(([name, { value }]) => [name, value]);
    const setCookies = Object.entries(viewer.cookies).map(
      ([name, { attributes }]) => `${name}=; ${attributes}`,
    );
    return { headers: Object.fromEntries(named), setCookies };
  }
  const { 'set-cookie': lines = [], ...headers } = originAnswer.parse(result).headers;
  const named = Object.entries(headers).map(([name, values]) => [name, values[0]?.value]);
  return { headers: Object.fromEntries(named), setCookies: lines.map(({ value }) => value) };
}

function answerOf(status: number, location: string | undefined, text: string): GateAnswer {
  const body = text.startsWith('{') ? bodySchema.parse(JSON.parse(text)) : undefined;
  return { status, location, code: body?.code, redirectTo: body?.redirectTo, uri: undefined };
}
