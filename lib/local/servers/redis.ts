import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unusedPort } from '../containers/free-port.ts';
import { ensureTools } from '../prerequisites.ts';

export interface RedisUser {
  readonly name: string;
  readonly password: string | undefined;
  /** ElastiCache's access string: ACL rules without the password. */
  readonly access: string;
}

export interface RedisOptions {
  /** Configuration directives of the template's parameter group. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Empty: everyone may do everything, as without a user group. */
  readonly users: readonly RedisUser[];
}

export interface RedisServer {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const startTriesMax = 5;
const readyMsMax = 10_000;

let tool: Promise<string> | undefined;
/** Path of redis-server, found or installed once however many ask at the same time. */
export function redisProgram(): Promise<string> {
  tool ??= ensureTools(['redis']).then(({ redis }) => redis);
  return tool;
}

/** A real Redis on a free port: in memory, on the loopback address, with the template's users. */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const program = await redisProgram();
  for (let tries = 1; ; tries++) {
    const port = await unusedPort();
    try {
      return await launch(program, port, options);
    } catch (error) {
      // Another process may have taken the port in between.
      if (tries === startTriesMax) throw error;
    }
  }
}

async function launch(program: string, port: number, options: RedisOptions): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'urr-redis-'));
  const configuration = join(folder, 'redis.conf');
  // Holds the password: readable by the owner only, and gone with the server.
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
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-1000);
  });
  const ended = once(child, 'exit');
  const isReady = await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(readyMsMax) }).then(() => true),
    ended.then(() => false),
  ]).catch(() => false);
  const { pid } = child;
  if (!isReady || pid === undefined) {
    child.kill('SIGKILL');
    throw new Error(`redis-server did not start: ${said.trim()}`);
  }
  return {
    port,
    pid,
    async stop() {
      if (child.connected) child.send('stop');
      await ended;
    },
  };
}

function configurationOf(port: number, folder: string, { parameters, users }: RedisOptions): string {
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    // Quoted: the system's temporary folder may have blanks in its path.
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
