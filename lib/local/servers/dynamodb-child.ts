import { once } from 'node:events';
import dynalite from 'dynalite';
import db from 'dynalite/db/index.js';
import { types as deleteItemTypes } from 'dynalite/validations/deleteItem.js';
import { types as putItemTypes } from 'dynalite/validations/putItem.js';
import { types as updateItemTypes } from 'dynalite/validations/updateItem.js';
import { reportPort } from './child-report.ts';

/**
 * DynamoDB in a process of its own: in memory, empty at each start. dynalite lacks
 * `ReturnValuesOnConditionCheckFailure` (June 2023). It is added here, because a refused conditional write returns the
 * current item to its caller.
 */
for (const types of [putItemTypes, updateItemTypes, deleteItemTypes])
  types.ReturnValuesOnConditionCheckFailure = { type: 'String', enum: ['ALL_OLD', 'NONE'] };

const checkConditional = db.checkConditional.bind(db);
db.checkConditional = (request, existing) => {
  const refusal = checkConditional(request, existing);
  if (refusal && existing !== undefined && request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD')
    refusal.body.Item = existing;
  return refusal;
};

// A client killed during a request causes an uncaught ECONNRESET in dynalite. The request has not run.
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return;
  console.error(error);
  process.exit(1);
});

const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
reportPort(server);
