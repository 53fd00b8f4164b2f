import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createAdmissionStatistics } from '#adapters/dynamodb/queue/statistics.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { reportUnreadable } from '../shared/unreadable.ts';
import { makeHandler } from './handler.ts';

function realDeps() {
  const environment = parseEnvironment('admissionEvents', process.env);
  const telemetry = createTelemetry();
  return {
    statistics: createAdmissionStatistics(
      createDocumentClient(),
      environment.STATS_TABLE,
      reportUnreadable(telemetry, Date.now),
    ),
    telemetry,
  };
}

export const handler = makeHandler(realDeps());
