import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Log } from '../log.ts';

/** Time-out of a server that hangs. A start takes 1 s, and longer on a busy machine. */
const startMsMax = 3 * 60_000;
const reportSchema = z.object({ port: z.int() });

export interface ChildServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * An embedded server in a process of its own: it does not share the event loop with the edge, and its exceptions do not
 * end the run. Its environment is empty.
 */
export async function startChildServer(name: string, file: string, log: Log): Promise<ChildServer> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
    env: { PATH: process.env.PATH ?? '' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-2000);
  });
  const ended = once(child, 'exit');
  const reported = once(child, 'message', { signal: AbortSignal.timeout(startMsMax) });
  const first = await Promise.race([reported, ended.then(() => undefined)]);
  const report = reportSchema.safeParse(first?.[0]);
  if (!report.success || child.pid === undefined) {
    child.kill('SIGKILL');
    throw new Error(`${name} did not start: ${stderr.trim()}`);
  }
  let isStopping = false;
  void ended.then(() => {
    if (!isStopping) log.warn(name, `ended unexpectedly. ${stderr.trim()}`);
  });
  return {
    url: `http://127.0.0.1:${report.data.port}`,
    pid: child.pid,
    async stop() {
      isStopping = true;
      child.kill('SIGKILL'); // In memory: nothing to save.
      await ended;
    },
  };
}
