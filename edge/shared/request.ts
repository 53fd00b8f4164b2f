import type { Pair } from '#core/access/pairs.ts';
import type { RequestValues } from '#core/access/presented.ts';

/** A request in one format for both edge functions. */
export interface GateRequest extends RequestValues {
  /** As the client sent it. */
  readonly method: string;
  /** Raw path without query. */
  readonly path: string;
  /** Names of all headers, in lower case. */
  readonly headerNames: readonly string[];
  /** All query parameters in order, still escaped, with repeated names. */
  readonly query: readonly Pair[];
}
