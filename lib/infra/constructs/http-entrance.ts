import { Duration, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import { removalPolicy } from '../removal.ts';
import type { Settings } from '../settings/schema.ts';
import { type ApiRoute, apiRoutes } from './api-routes.ts';
import { RunbookAlarm } from './runbook-alarm.ts';

export interface HttpEntranceProps {
  readonly settings: Settings;
  /** Functions of the services' routes. */
  readonly services: Readonly<Record<ApiRoute['service'], LambdaFunction>>;
  readonly alarmTopic: ITopic;
}

/**
 * The HTTP API behind CloudFront. Only the contract's routes exist: no default route, no CORS, no HEAD. Its public address must
 * stay enabled, because CloudFront calls it (an HTTP API cannot be a VPC origin), so every function refuses a request without
 * the origin secret.
 */
export class HttpEntrance extends Construct {
  /** Host name of the API, for CloudFront. */
  readonly domainName: string;
  readonly apiId: string;

  constructor(scope: Construct, id: string, props: HttpEntranceProps) {
    super(scope, id);
    const { settings } = props;
    const api = new HttpApi(this, 'Api', {
      apiName: `urr-${settings.environmentName}`,
      createDefaultStage: false,
    });
    this.apiId = api.apiId;
    const { region, urlSuffix } = Stack.of(this);
    this.domainName = `${api.apiId}.execute-api.${region}.${urlSuffix}`;

    const integrations = new Map<string, HttpLambdaIntegration>();
    for (const { service, method, path } of apiRoutes) {
      const integration =
        integrations.get(service) ?? new HttpLambdaIntegration(`To-${service}`, props.services[service]);
      integrations.set(service, integration);
      for (const route of api.addRoutes({ path, methods: [HttpMethod[method]], integration }))
        acknowledge(route, {
          'AwsSolutions-APIG4':
            'Public by design: visitors wait without an account. The function refuses requests without the origin secret and verifies tickets itself.',
        });
    }

    const logGroup = new LogGroup(this, 'AccessLogs', {
      retention: settings.logRetentionDays as RetentionDays,
      removalPolicy: removalPolicy(settings),
    });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: settings.apiRequestsPerSecond, burstLimit: settings.apiBurst },
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        // Only route and outcome: no cookie, no token, no path with a request id.
        format: AccessLogFormat.custom(
          JSON.stringify({
            time: '$context.requestTimeEpoch',
            requestId: '$context.requestId',
            route: '$context.routeKey',
            status: '$context.status',
            latencyMs: '$context.responseLatency',
            integrationLatencyMs: '$context.integrationLatency',
            integrationError: '$context.integrationErrorMessage',
            bytes: '$context.responseLength',
          }),
        ),
      },
    });
    new RunbookAlarm(this, 'ServerErrorsAlarm', {
      meaning: 'The HTTP API responds with 5xx.',
      runbook: 'http-api.md#server-errors',
      metric: api.metricServerError({ period: Duration.minutes(1), statistic: 'Sum' }),
      threshold: 5,
      periods: 2,
      topic: props.alarmTopic,
    });
  }
}
