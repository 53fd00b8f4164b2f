import { createDocumentClient } from '#adapters/dynamodb/client.ts';
import { createSaleStatistics } from '#adapters/dynamodb/sale-statistics.ts';
import { parseEnvironment } from '#contract/environment.ts';
import { createTelemetry } from '../shared/telemetry.ts';
import { makeHandler } from './handler.ts';

function realDeps() {
  const environment = parseEnvironment('reservationEvents', process.env);
  return {
    statistics: createSaleStatistics(createDocumentClient(), environment.STATS_TABLE),
    telemetry: createTelemetry(),
  };
}

export const handler = makeHandler(realDeps());
