import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { BenchWorkerOrder } from './worker-child.ts';

export interface BenchServer {
  readonly port: number;
  stop(): Promise<void>;
}

const reportSchema = z.object({ port: z.int().min(1) });

/** One admission worker process for a measurement, with the flags of its container. */
export async function startBenchServer(order: BenchWorkerOrder): Promise<BenchServer> {
  const child = fork(fileURLToPath(new URL('./worker-child.ts', import.meta.url)), [], {
    env: { PATH: process.env.PATH ?? '' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const exited = once(child, 'exit');
  child.send(order);
  const [report]: unknown[] = await once(child, 'message', { signal: AbortSignal.timeout(20_000) });
  return {
    port: reportSchema.parse(report).port,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
