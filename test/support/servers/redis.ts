import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { patienceMs } from '../time/patience-ms.ts';

/** A real Redis server of one test: free port, own directory, ended by its process id. */
export interface RedisServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly pid: number;
  /** Returns a plain client for checks. `stop()` closes it. */
  client(): Redis;
  /** SIGSTOP: the server keeps its connections and does not respond. */
  pause(): void;
  resume(): void;
  /** SIGKILL, as at a power failure; the directory stays. */
  kill(): Promise<void>;
  /** After kill(): starts again with the same port and directory. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface RedisServerOptions {
  /** Writes each command to disk, so that kill() loses nothing. @default false: nothing is written */
  readonly isDurable?: boolean;
  readonly args?: readonly string[];
}

const startAttemptsMax = 5;

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'urr-redis-'));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return await running(await launch(port, directory, options), port, directory, options);
    } catch (error) {
      // Another process may have taken the port in the meantime.
      if (attempt >= startAttemptsMax) throw error;
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Returns the path of redis-server, or of valkey-server, which is equivalent here. */
export function redisProgram(): string {
  const directories = (process.env.PATH ?? '').split(delimiter);
  for (const program of ['redis-server', 'valkey-server']) {
    const found = directories.map((directory) => join(directory, program)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  throw new Error(
    'neither redis-server nor valkey-server was found in PATH (Debian: apt-get install redis-server)',
  );
}

/** Ends the server when this process ends in any way, because then its pipe closes. */
const guard = '"$@" & child=$!; cat > /dev/null; kill -9 $child';

interface Launched {
  readonly guard: ChildProcess;
  readonly pid: number;
}

async function launch(port: number, directory: string, options: RedisServerOptions): Promise<Launched> {
  const durability = options.isDurable
    ? ['--appendonly', 'yes', '--appendfsync', 'always']
    : ['--appendonly', 'no'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
  const child = spawn(
    'sh',
    ['-c', guard, 'redis', redisProgram(), ...args, ...durability, ...(options.args ?? [])],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  );
  try {
    return { guard: child, pid: await processId(port, directory) };
  } catch (error) {
    child.stdin?.end();
    throw error;
  }
}

/**
 * Waits until the server responds, and returns its process id.
 * @throws Error if another server has the port
 */
async function processId(port: number, directory: string): Promise<number> {
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  AbortSignal.timeout(patienceMs).addEventListener('abort', () => client.disconnect());
  try {
    await client.connect().catch(() => undefined);
    const [, ours] = await client.config('GET', 'dir').then((reply) => [reply].flat().map(String));
    if (ours !== directory) throw new Error(`port ${port} is somebody else's`);
    return Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
  } finally {
    client.disconnect();
  }
}

async function running(
  first: Launched,
  port: number,
  directory: string,
  options: RedisServerOptions,
): Promise<RedisServer> {
  let server: Launched | undefined = first;
  const clients = new Set<Redis>();
  const signal = (name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL') => {
    if (server !== undefined) process.kill(server.pid, name);
  };
  const end = async () => {
    if (server === undefined) return;
    const exited = once(server.guard, 'exit');
    signal('SIGKILL');
    server.guard.stdin?.end();
    server = undefined;
    await exited;
  };
  return {
    host: '127.0.0.1',
    port,
    get pid() {
      return server?.pid ?? 0;
    },
    client() {
      const client = new Redis({ host: '127.0.0.1', port });
      client.on('error', () => undefined);
      clients.add(client);
      return client;
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    kill: end,
    async restart() {
      await end();
      server = await launch(port, directory, options);
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
