import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { MetricName } from '#contract/metrics.ts';

/** Plain facts for the log. Never a token, a cookie, a secret, or a whole request. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Logs and metrics of a function. */
export interface Telemetry {
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  error(message: string, error: unknown, facts?: Facts): void;
  count(metric: MetricName, value?: number): void;
  /** Writes the counted metrics, at the end of an invocation or of a cycle. */
  flush(): void;
}

/** Powertools: JSON lines, and metrics in CloudWatch's embedded format. Service name, namespace and level come from the environment. */
export function createTelemetry(): Telemetry {
  const logger = new Logger();
  const metrics = new Metrics();
  return {
    info: (message, facts = {}) => logger.info(message, { ...facts }),
    warn: (message, facts = {}) => logger.warn(message, { ...facts }),
    error: (message, error, facts = {}) => logger.error(message, { ...facts, ...describeError(error) }),
    count: (metric, value = 1) => {
      metrics.addMetric(metric, MetricUnit.Count, value);
    },
    flush: () => {
      // Powertools warns about an empty flush, and most invocations count nothing.
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}

/** Copies names, messages, codes and the stack only: the cause of an SDK error can hold the request and a visitor's keys. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    errorName: name,
    errorMessage: message,
    errorCode: code,
    stack,
    ...(cause instanceof Error ? { causeName: cause.name, causeMessage: cause.message } : {}),
    ...(Array.isArray(cause) ? { problems: cause.map(String) } : {}),
  };
}
