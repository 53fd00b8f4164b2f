import type { Pair } from '#core/access/pairs.ts';
import type { Shown } from '#core/access/presented.ts';

/** A request as both edge functions see it, whatever shape CloudFront gave it. */
export interface GateRequest extends Shown {
  /** As the client spelt it. */
  readonly method: string;
  /** Raw path without query. */
  readonly path: string;
  /** Lower-case names of the headers there are. */
  readonly headerNames: readonly string[];
  /** Every query parameter in order, as the client escaped it, repeated names too. */
  readonly query: readonly Pair[];
}
