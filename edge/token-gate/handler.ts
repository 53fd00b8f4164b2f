import { edgeConfigHeader } from '#contract/tokens.ts';
import { refuse } from '../shared/refusal.ts';
import type { RouteTree } from '../shared/route-tree.ts';
import { bundledAddress } from './config-address.ts';
import { type ConfigSource, makeConfigSource } from './config-source.ts';
import { fallbackConfig } from './fallback-config.ts';
import { decideOrigin } from './gate.ts';
import {
  type EdgeResponse,
  forward,
  type OriginRequest,
  originHeader,
  parseOriginRequest,
  readRequest,
  respond,
} from './origin-request.ts';
import { type ReadyConfig, readyConfig } from './ready-config.ts';

interface HandlerDeps {
  readonly tree: RouteTree;
  readonly load: (address: string) => Promise<ReadyConfig>;
  readonly nowMs: () => number;
  /** Writes one line to the log: problem and cause, never a token or a cookie. */
  readonly log: (line: { readonly problem: string; readonly cause: string }) => void;
}

/**
 * Lambda@Edge on the origin request, and on the viewer request if the origin is in a VPC (docs/adr/0050). Returns the
 * request to forward it, or a response instead of the origin's. Never throws.
 */
export function makeHandler(
  deps: HandlerDeps,
): (event: unknown, context?: unknown) => Promise<OriginRequest | EdgeResponse> {
  const source: ConfigSource = makeConfigSource({
    load: deps.load,
    nowMs: deps.nowMs,
    fallback: readyConfig(fallbackConfig, false),
    onFailure: (error) =>
      deps.log({ problem: 'the edge configuration could not be read', cause: causeOf(error) }),
  });
  return async (event, context) => {
    try {
      const request = parseOriginRequest(event);
      const address = originHeader(request, edgeConfigHeader) ?? bundledAddress(context) ?? '';
      const decision = await decideOrigin(readRequest(request), {
        tree: deps.tree,
        nowMs: deps.nowMs,
        current: () => source.current(address),
        renewed: () => source.renewed(address),
      });
      if (decision.outcome === 'refuse') return respond(decision);
      return forward(request, decision.uri);
    } catch (error) {
      deps.log({ problem: 'the gate failed', cause: causeOf(error) });
      return respond({
        ...refuse('UNAVAILABLE', 'the request could not be verified; please try again'),
        retryAfterSeconds: 2,
      });
    }
  };
}

const causeOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
