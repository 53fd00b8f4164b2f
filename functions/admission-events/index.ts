import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createAdmissionStatistics } from '#adapters/dynamodb/statistics.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { makeHandler } from './handler.ts';

function realDeps() {
  const environment = parseEnvironment('admissionEvents', process.env);
  return {
    statistics: createAdmissionStatistics(createDocumentClient(), environment.STATS_TABLE),
    telemetry: createTelemetry(),
  };
}

export const handler = makeHandler(realDeps());
