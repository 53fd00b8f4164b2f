import { randomBytes } from 'node:crypto';
import type { Origin } from '../cloudfront/origin.ts';
import { patternToRegExp } from '../cloudfront/path-pattern.ts';
import { emptyBody, type Headers, headerOf, type OriginAnswer, type OriginCall } from '../http.ts';
import type { Log } from '../log.ts';
import type { TargetGroup } from './target-group.ts';

export type Action =
  | { readonly kind: 'fixed'; readonly answer: OriginAnswer }
  | {
      readonly kind: 'forward';
      readonly groups: readonly { readonly group: TargetGroup; readonly weight: number }[];
    };

export interface Rule {
  readonly priority: number;
  readonly matches: (call: OriginCall) => boolean;
  readonly action: Action;
}

/** Header names that HTTP allows here; with `drop_invalid_header_fields` an ALB drops all others. */
const headerNamePattern = /^[A-Za-z0-9-]+$/;

/** An application load balancer with one HTTP listener: rules by priority, weighted target groups. */
export class LoadBalancer implements Origin {
  readonly kind = 'custom';
  readonly region: string;
  readonly isPrivate: boolean;
  readonly dnsName: string;
  readonly rules: Rule[] = [];
  defaultAction: Action | undefined;
  readonly #log: Log;

  constructor(dnsName: string, region: string, isPrivate: boolean, log: Log) {
    this.dnsName = dnsName;
    this.region = region;
    this.isPrivate = isPrivate;
    this.#log = log;
  }

  async answer(call: OriginCall): Promise<OriginAnswer> {
    const byPriority = this.rules.toSorted((left, right) => left.priority - right.priority);
    const action = byPriority.find((rule) => rule.matches(call))?.action ?? this.defaultAction;
    if (action === undefined) return bare(503);
    if (action.kind === 'fixed') return action.answer;
    const group = pickGroup(action.groups, Math.random());
    try {
      const answer = await group?.send({
        method: call.method,
        target: call.rawQuery === '' ? call.rawPath : `${call.rawPath}?${call.rawQuery}`,
        headers: forwardedHeaders(call),
        body: call.body,
      });
      return answer ?? bare(503);
    } catch (error) {
      this.#log.warn('load balancer', `${call.rawPath}: ${error instanceof Error ? error.message : ''}`);
      return bare(502);
    }
  }
}

/** Returns a group by weight; a weight of 0 is never chosen. `random` is in [0, 1). */
export function pickGroup(
  groups: readonly { readonly group: TargetGroup; readonly weight: number }[],
  random: number,
): TargetGroup | undefined {
  const total = groups.reduce((sum, { weight }) => sum + weight, 0);
  let left = random * total;
  for (const { group, weight } of groups) {
    if (left < weight) return group;
    left -= weight;
  }
  return undefined;
}

/** `path-pattern`, `http-request-method` and `http-header` conditions; paths are matched raw and case-sensitively. */
export function pathMatches(patterns: readonly string[]): Rule['matches'] {
  const expressions = patterns.map(patternToRegExp);
  return ({ rawPath }) => expressions.some((expression) => expression.test(rawPath));
}

function forwardedHeaders(call: OriginCall): Headers {
  const valid = Object.entries(call.headers).filter(([name]) => headerNamePattern.test(name));
  const claimed = headerOf(call.headers, 'x-forwarded-for');
  return {
    ...Object.fromEntries(valid),
    'x-forwarded-for': [claimed === undefined ? call.sourceIp : `${claimed}, ${call.sourceIp}`],
    'x-forwarded-proto': ['http'],
    'x-forwarded-port': ['80'],
    'x-amzn-trace-id': [
      `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
    ],
    'content-length': [String(call.body.length)],
  };
}

function bare(status: number): OriginAnswer {
  return { status, headers: { 'content-type': ['text/html'], server: ['awselb/2.0'] }, body: emptyBody };
}
