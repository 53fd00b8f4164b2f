/** A request as both edge functions see it, whatever shape CloudFront gave it. */
export interface GateRequest {
  /** As the client spelt it. */
  readonly method: string;
  /** Raw path without query. */
  readonly path: string;
  /** Every value of a header, by lower-case name; empty if absent. */
  readonly header: (name: string) => readonly string[];
  /** Lower-case names of the headers there are. */
  readonly headerNames: readonly string[];
  /** Every cookie in order, repeated names too. */
  readonly cookies: readonly Pair[];
  /** Every query parameter in order, as the client escaped it, repeated names too. */
  readonly query: readonly Pair[];
}

export interface Pair {
  readonly name: string;
  readonly value: string;
}
