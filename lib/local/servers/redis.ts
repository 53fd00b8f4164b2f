import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Log } from '../log.ts';
import { ensureTools } from '../prerequisites.ts';
import { unusedPort } from './unused-port.ts';

export interface RedisUser {
  readonly name: string;
  readonly password: string | undefined;
  /** ElastiCache's access string: ACL rules without the password. */
  readonly access: string;
}

export interface RedisOptions {
  /** Configuration directives of the template's parameter group. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Empty: the default user with every permission, as without a user group. */
  readonly users: readonly RedisUser[];
  readonly log: Log;
  /** @default - an unused port */
  readonly choosePort?: () => Promise<number>;
}

export interface RedisServer {
  readonly port: number;
  /** Process id of the redis-server that runs now, or ran last. */
  readonly pid: number;
  stop(): Promise<void>;
}

const startTriesMax = 5;
/** Time-out of a redis-server that hangs. It is ready in 0.1 s, and later on a busy machine. */
const readyMsMax = 60_000;
/**
 * Delay before a redis-server that has ended is replaced. It doubles each time, and starts again at the minimum after
 * one has run for longer than the maximum.
 */
const restartMsMin = 500;
const restartMsMax = 30_000;

let tool: Promise<string> | undefined;
/** Path of redis-server. Concurrent calls share one search and one installation. */
export function redisProgram(): Promise<string> {
  tool ??= ensureTools(['redis']).then(({ redis }) => redis);
  return tool;
}

/**
 * A real Redis on a free port: in memory, on the loopback address, with the template's users. A redis-server that ends
 * is replaced by an empty one on the same port, as ElastiCache replaces a node behind its name.
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const program = await redisProgram();
  const { port, first } = await launchSomewhere(program, options);
  const stopping = new AbortController();
  let running = first;
  const kept = (async () => {
    for (let restarts = 0; !stopping.signal.aborted; restarts++) {
      const startedAtMs = performance.now();
      await running.ended;
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAtMs > restartMsMax) restarts = 0;
      options.log.warn('redis', 'ended unexpectedly; an empty one starts on the same port');
      running = (await relaunch(program, port, options, restarts, stopping.signal)) ?? running;
    }
  })();
  return {
    port,
    get pid() {
      return running.redisPid;
    },
    async stop() {
      stopping.abort();
      running.end();
      await kept;
    },
  };
}

async function launchSomewhere(program: string, options: RedisOptions) {
  const { choosePort = unusedPort } = options;
  for (let tries = 1; ; tries++) {
    const port = await choosePort();
    try {
      return { port, first: await launch(program, port, options) };
    } catch (error) {
      // Another process may have taken the port in the meantime.
      if (tries === startTriesMax) throw error;
    }
  }
}

/** Retries until a server runs, because the port may be in use for a moment. Returns undefined if it was stopped. */
async function relaunch(
  program: string,
  port: number,
  options: RedisOptions,
  restarts: number,
  signal: AbortSignal,
): Promise<RunningRedis | undefined> {
  for (let tries = restarts; ; tries++) {
    await delay(Math.min(restartMsMin * 2 ** tries, restartMsMax), undefined, { signal }).catch(() => {});
    if (signal.aborted) return undefined;
    const launched = await launch(program, port, options).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    if (!(launched instanceof Error)) {
      if (signal.aborted) launched.end();
      return launched;
    }
    options.log.warn('redis', launched.message);
  }
}

interface RunningRedis {
  readonly redisPid: number;
  readonly ended: Promise<unknown>;
  end(): void;
}

const readySchema = z.object({ redisPid: z.int() });

async function launch(program: string, port: number, options: RedisOptions): Promise<RunningRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'urr-redis-'));
  const configuration = join(folder, 'redis.conf');
  // Contains the password: readable by the owner only, and deleted with the server.
  await writeFile(configuration, configurationOf(port, folder, options), { mode: 0o600 });
  const child = fork(
    fileURLToPath(new URL('redis-child.ts', import.meta.url)),
    [program, configuration, folder],
    {
      env: { PATH: process.env.PATH ?? '' },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-1000);
  });
  const ended = once(child, 'exit');
  const [message] = await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(readyMsMax) }),
    ended.then(() => []),
  ]).catch(() => []);
  const ready = readySchema.safeParse(message);
  if (!ready.success) {
    if (child.connected) child.disconnect(); // The child ends, and its redis-server with it.
    throw new Error(`redis-server did not start: ${output.trim()}`);
  }
  const { redisPid } = ready.data;
  return {
    redisPid,
    // A killed parent leaves its redis-server behind, on the port that the next one needs.
    ended: ended.then(() => endProcess(redisPid)),
    end() {
      if (child.connected) child.send('stop');
    },
  };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}

function configurationOf(port: number, folder: string, { parameters, users }: RedisOptions): string {
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    // Quoted, because the path of the system's temporary folder may contain spaces.
    `dir ${JSON.stringify(folder)}`,
    'save ""',
    'appendonly no',
    ...Object.entries(parameters).map(([name, value]) => `${name} ${value}`),
  ];
  if (users.length > 0) lines.push('user default off');
  for (const { name, password, access } of users)
    lines.push(`user ${name} reset ${password === undefined ? 'nopass' : `>${password}`} ${access}`);
  return `${lines.join('\n')}\n`;
}
