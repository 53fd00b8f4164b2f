import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { endedSessionsPrefix, lastGoodPrefix, passOwnerPrefix, tables } from '#contract/tables.ts';
import { keysLike, keysUnlike } from './leading-keys.ts';
import type { WaitingRoomTables } from './waiting-room-tables.ts';
import type { WorkerService } from './worker-service.ts';

/** What every worker needs to admit a request: events, ended sessions, and the account that a pass belongs to. */
export function grantAccess(
  worker: Pick<WorkerService<'admission' | 'seatLock'>, 'allow' | 'allowWhere'>,
  { events, positions }: WaitingRoomTables,
  sessions: TableV2,
): void {
  worker.allow(['dynamodb:GetItem'], events.tableArn);
  worker.allowWhere(keysLike(`${endedSessionsPrefix}*`), ['dynamodb:BatchGetItem'], sessions.tableArn);
  worker.allowWhere(keysLike(`${passOwnerPrefix}*`), ['dynamodb:UpdateItem'], positions.tableArn);
  worker.allowWhere(keysUnlike(`${lastGoodPrefix}*`), ['dynamodb:UpdateItem'], events.tableArn);
  worker.allow(['dynamodb:Query'], `${events.tableArn}/index/${tables.events.liveIndex.name}`);
}
