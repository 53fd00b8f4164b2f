import type { Headers, OriginAnswer } from '../http.ts';
import { LambdaFunction } from '../lambda/function.ts';
import type { Log } from '../log.ts';
import type { OriginRequest } from '../registry.ts';
import { EdgeCache } from './cache.ts';
import { applyHeadersPolicy, encode, notModified } from './delivery.ts';
import { cacheKey, forwardedRequest } from './forwarding.ts';
import { type DistributionName, fromFunctionResult, toFunctionEvent } from './function-event.ts';
import type { FunctionCode } from './function-runtime.ts';
import { fromEdgeResult, toEdgeEvent } from './lambda-edge.ts';
import type { Origin } from './origin.ts';
import { selectBehaviour } from './path-pattern.ts';
import { plainError } from './plain-error.ts';
import type { Policies, ResponseHeadersPolicy } from './policies.ts';
import { type EdgeRequest, formatCookies, formatQuery, parseCookies, parseQuery } from './request.ts';
import { errorLifetime, errorTtlDefaultSeconds, lifetimeOf } from './ttl.ts';

export interface Behaviour {
  /** The path pattern of the template; `*` for the default behaviour. */
  readonly name: string;
  /** Undefined: the default behaviour. */
  readonly pattern: RegExp | undefined;
  readonly origin: DistributionOrigin;
  readonly methods: ReadonlySet<string>;
  readonly policies: Policies;
  readonly headersPolicy: ResponseHeadersPolicy | undefined;
  readonly compress: boolean;
  /** The viewer request's function: a CloudFront Function or Lambda@Edge, never both. */
  readonly viewerRequest: FunctionCode | LambdaFunction | undefined;
  readonly originRequest: LambdaFunction | undefined;
}

export interface DistributionOrigin {
  readonly id: string;
  readonly domainName: string;
  readonly path: string;
  readonly customHeaders: Headers;
  readonly server: Origin;
}

interface DistributionOptions {
  readonly name: DistributionName;
  readonly behaviours: readonly Behaviour[];
  readonly fallback: Behaviour;
  readonly defaultRootObject: string;
  /** Seconds for which an error is cached, by status. */
  readonly errorTtlSeconds: ReadonlyMap<number, number>;
  readonly log: Log;
  readonly onOriginRequest: (request: OriginRequest) => void;
  readonly now: () => number;
}

/**
 * One CloudFront location: viewer request → behaviour → CloudFront Function → cache → Lambda@Edge → origin, and back. A
 * failure inside becomes a 502, as on AWS. No input of a viewer makes it throw.
 */
export class Distribution {
  readonly #options: DistributionOptions;
  readonly cache: EdgeCache;

  constructor(options: DistributionOptions) {
    this.#options = options;
    this.cache = new EdgeCache(options.now);
  }

  async answer(viewer: EdgeRequest): Promise<OriginAnswer> {
    const { behaviours, fallback, name, log } = this.#options;
    const behaviour = selectBehaviour(behaviours, fallback, viewer.uri);
    if (!behaviour.methods.has(viewer.method))
      return this.#finish(plainError(403), 'Error from cloudfront', viewer, behaviour);
    let request = viewer;
    if (behaviour.viewerRequest !== undefined) {
      const isLambda = behaviour.viewerRequest instanceof LambdaFunction;
      try {
        const outcome =
          behaviour.viewerRequest instanceof LambdaFunction
            ? await this.#askLambda(behaviour.viewerRequest, viewer)
            : fromFunctionResult(await behaviour.viewerRequest.run(toFunctionEvent(viewer, name)), viewer);
        if ('answer' in outcome) {
          const by = isLambda ? 'LambdaGeneratedResponse' : 'FunctionGeneratedResponse';
          return this.#finish(outcome.answer, `${by} from cloudfront`, viewer, behaviour);
        }
        request = outcome.request;
      } catch (error) {
        log.warn(
          'edge',
          `viewer request of ${behaviour.name} failed: ${error instanceof Error ? error.message : String(error)}`,
        );
        const by = isLambda ? 'LambdaExecutionError' : 'FunctionExecutionError';
        return this.#finish(plainError(502), `${by} from cloudfront`, viewer, behaviour);
      }
    }
    if (request.uri === '/' && this.#options.defaultRootObject !== '')
      request = { ...request, uri: `/${this.#options.defaultRootObject}` };
    return this.#fromCache(request, behaviour);
  }

  /** On the viewer request Lambda@Edge gets everything that the viewer sent, with the cookies as a header. */
  async #askLambda(
    lambda: LambdaFunction,
    viewer: EdgeRequest,
  ): Promise<{ request: EdgeRequest } | { answer: OriginAnswer }> {
    const cookie = formatCookies(viewer.cookies);
    const event = toEdgeEvent(
      {
        clientIp: viewer.clientIp,
        method: viewer.method,
        uri: viewer.uri,
        rawQuery: formatQuery(viewer.query),
        headers: { ...viewer.headers, ...(cookie !== '' && { cookie: [cookie] }) },
      },
      undefined,
      this.#options.name,
    );
    const outcome = fromEdgeResult(await lambda.invoke(event));
    if ('answer' in outcome) return outcome;
    const { cookie: _, ...headers } = outcome.request.headers;
    return {
      request: {
        ...viewer,
        method: outcome.request.method,
        uri: outcome.request.uri,
        query: parseQuery(outcome.request.rawQuery),
        headers,
        cookies: parseCookies(outcome.request.headers),
      },
    };
  }

  async #fromCache(request: EdgeRequest, behaviour: Behaviour): Promise<OriginAnswer> {
    const { cache: policy } = behaviour.policies;
    const key = cacheKey(request, behaviour.name, policy);
    if (request.method !== 'GET') {
      const kept = request.method === 'HEAD' ? this.cache.peek(key) : undefined;
      const answer = kept?.answer ?? (await this.#fromOrigin(request, behaviour));
      return this.#finish(
        answer,
        `${kept ? 'Hit' : 'Miss'} from cloudfront`,
        request,
        behaviour,
        kept?.ageSeconds,
      );
    }
    const result = await this.cache.get(key, policy.maxTtlSeconds > 0, async () => {
      const answer = await this.#fromOrigin(request, behaviour);
      const minimum = this.#options.errorTtlSeconds.get(answer.status) ?? errorTtlDefaultSeconds;
      const lifetime =
        answer.status >= 400
          ? errorLifetime(answer.status, answer.headers, minimum)
          : lifetimeOf(answer.status, answer.headers, policy, this.#options.now());
      return { answer, lifetime };
    });
    const isError = result.answer.status >= 400;
    const label = isError ? 'Error' : result.state === 'miss' ? 'Miss' : 'Hit';
    const age = result.state === 'miss' ? undefined : result.ageSeconds;
    return this.#finish(result.answer, `${label} from cloudfront`, request, behaviour, age);
  }

  async #fromOrigin(request: EdgeRequest, behaviour: Behaviour): Promise<OriginAnswer> {
    const { name, log, now, onOriginRequest } = this.#options;
    const { origin } = behaviour;
    let forwarded = forwardedRequest(request, behaviour.policies, origin.domainName, name.domainName);
    try {
      if (behaviour.originRequest !== undefined) {
        const event = toEdgeEvent(
          { ...forwarded, clientIp: request.clientIp },
          { ...origin, kind: origin.server.kind, region: origin.server.region },
          name,
        );
        const outcome = fromEdgeResult(await behaviour.originRequest.invoke(event));
        if ('answer' in outcome) return outcome.answer;
        forwarded = outcome.request;
      }
    } catch (error) {
      log.warn(
        'edge',
        `Lambda@Edge failed on ${behaviour.name}: ${error instanceof Error ? error.message : ''}`,
      );
      return plainError(502);
    }
    const path = origin.path + forwarded.uri;
    const target = forwarded.rawQuery === '' ? path : `${path}?${forwarded.rawQuery}`;
    onOriginRequest({ atMs: now(), origin: origin.domainName, method: forwarded.method, path: target });
    try {
      return await origin.server.answer({
        method: forwarded.method,
        rawPath: path,
        rawQuery: forwarded.rawQuery,
        headers: { ...forwarded.headers, ...origin.customHeaders },
        body: request.body,
        sourceIp: '127.0.0.1',
      });
    } catch (error) {
      log.warn('edge', `origin ${origin.domainName} failed: ${error instanceof Error ? error.message : ''}`);
      return plainError(502);
    }
  }

  #finish(
    answer: OriginAnswer,
    xCache: string,
    request: EdgeRequest,
    behaviour: Behaviour,
    ageSeconds?: number,
  ): OriginAnswer {
    const encoded = behaviour.compress ? encode(answer, request, behaviour.policies.cache) : answer;
    const headers: Headers = {
      ...applyHeadersPolicy(encoded.headers, behaviour.headersPolicy),
      ...(ageSeconds !== undefined && { age: [String(Math.floor(ageSeconds))] }),
      'x-cache': [xCache],
      via: [`1.1 ${this.#options.name.domainName} (CloudFront)`],
    };
    return notModified({ ...encoded, headers }, request);
  }
}
