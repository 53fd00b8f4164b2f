import { jsonAnswer, type OriginAnswer, type OriginCall } from '../http.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import type { Log } from '../log.ts';
import { fromResult, toEvent } from './event.ts';
import { type ApiRoute, selectRoute } from './routes.ts';

interface ApiIntegration {
  readonly target: LambdaFunction;
  readonly timeoutMs: number;
}

/** An HTTP API: selects a route, invokes its Lambda, translates the response. Responds with 404 if no route matches. */
export class HttpApi {
  readonly id: string;
  readonly domainName: string;
  readonly #account: string;
  readonly #log: Log;
  /** Set by AWS::ApiGatewayV2::Stage; an API without a deployed stage does not respond. */
  stage: string | undefined;
  readonly integrations = new Map<string, ApiIntegration>();
  readonly routes: ApiRoute<string>[] = [];

  constructor(id: string, region: string, account: string, log: Log) {
    this.id = id;
    this.domainName = `${id}.execute-api.${region}.amazonaws.com`;
    this.#account = account;
    this.#log = log;
  }

  async answer(call: OriginCall): Promise<OriginAnswer> {
    if (this.stage === undefined) return jsonAnswer(404, { message: 'Not Found' });
    const matched = selectRoute(this.routes, call.method, call.rawPath);
    const integration = matched && this.integrations.get(matched.route.target);
    if (matched === undefined || integration === undefined) {
      this.#log.warn('http api', `no route for ${call.method} ${call.rawPath.slice(0, 200)}`);
      return jsonAnswer(404, { message: 'Not Found' });
    }
    const { target, timeoutMs } = integration;
    if (!target.permittedServices.has('apigateway.amazonaws.com')) {
      this.#log.warn(this.id, `no AWS::Lambda::Permission lets this API invoke ${target.options.name}`);
      return jsonAnswer(500, { message: 'Internal Server Error' });
    }
    const event = toEvent(call, {
      apiId: this.id,
      account: this.#account,
      domainName: this.domainName,
      stage: this.stage,
      routeKey: matched.route.routeKey,
      pathParameters: matched.pathParameters,
      nowMs: Date.now(),
    });
    return this.#invoke(target, event, timeoutMs);
  }

  async #invoke(target: LambdaFunction, event: object, timeoutMs: number): Promise<OriginAnswer> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<OriginAnswer>((resolve) => {
      timer = setTimeout(() => resolve(jsonAnswer(503, { message: 'Service Unavailable' })), timeoutMs);
    });
    // The function logs its own failure, and the caller gets no details, as on AWS.
    const answer = target
      .invoke(event)
      .then(fromResult, () => jsonAnswer(500, { message: 'Internal Server Error' }));
    try {
      return await Promise.race([answer, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
