import { buildApp } from 'fauxqs';
import { reportPort } from './child-report.ts';

/** S3 and SQS in a process of its own, in memory. Listens on the loopback address only. */
const app = buildApp({ logger: false });
await app.listen({ port: 0, host: '127.0.0.1' });
reportPort(app.server);
