import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';

/** A real Redis server of a test's own: free port, own directory, ended by its process id. */
export interface RedisServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly pid: number;
  /** A plain client for looking into it; closed by stop(). */
  client(): Redis;
  /** SIGSTOP: it holds its connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** SIGKILL: gone as by a power cut; the directory stays. */
  kill(): Promise<void>;
  /** After kill(): the same port and directory again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** Written to disk on each command, so that kill() loses nothing. Default: nothing is ever written. */
  readonly isDurable?: boolean;
  readonly args?: readonly string[];
}

const startAttemptsMax = 5;
const readyTimeoutMs = 10_000;

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'urr-redis-'));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return await running(await launch(port, directory, options), port, directory, options);
    } catch (error) {
      // Another process may have taken the port in between.
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

/** redis-server, or valkey-server, which is the same to us. */
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

async function launch(port: number, directory: string, options: RedisServerOptions): Promise<ChildProcess> {
  const durability = options.isDurable
    ? ['--appendonly', 'yes', '--appendfsync', 'always']
    : ['--appendonly', 'no'];
  const child = spawn(
    redisProgram(),
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
      '--save',
      '',
      ...durability,
      ...(options.args ?? []),
    ],
    { stdio: 'ignore' },
  );
  const exited = once(child, 'exit').then(() => {
    throw new Error(`redis-server on port ${port} ended at its start`);
  });
  exited.catch(() => undefined);
  await Promise.race([answers(port), exited]);
  return child;
}

async function answers(port: number): Promise<void> {
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  const timer = setTimeout(() => client.disconnect(), readyTimeoutMs);
  try {
    await client.connect().catch(() => undefined);
    await client.ping();
  } finally {
    clearTimeout(timer);
    client.disconnect();
  }
}

async function running(
  first: ChildProcess,
  port: number,
  directory: string,
  options: RedisServerOptions,
): Promise<RedisServer> {
  let child = first;
  const clients = new Set<Redis>();
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return {
    host: '127.0.0.1',
    port,
    get pid() {
      return child.pid ?? 0;
    },
    client() {
      const client = new Redis({ host: '127.0.0.1', port });
      client.on('error', () => undefined);
      clients.add(client);
      return client;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: end,
    async restart() {
      await end();
      child = await launch(port, directory, options);
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
