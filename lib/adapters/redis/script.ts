import { readFileSync } from 'node:fs';
import { UrrError } from '#core/errors.ts';
import { type RedisClient, replyCode } from './connect.ts';

/** Time-out of a call. Redis responds in well under 1 ms; a visitor who would wait longer should poll again. */
export const callTimeoutMs = 1_000;
const retryAfterSeconds = 2;

/** Error replies that mean a temporary failure. Any other error reply is a defect. */
const passingCodes = new Set([
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'MOVED',
  'ASK',
  'BUSY',
  'OOM',
  'MISCONF',
  'NOREPLICAS',
  'UNBLOCKED',
]);

/** A Lua file as a function. */
export type Script = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** Default folder of the Lua files. */
export const luaDirectory = new URL('../../../lua/', import.meta.url);

/** @param name path below the folder without the extension, for example `queue/enter` */
export const readLua = (name: string, directory: URL = luaDirectory): string =>
  withIncludes(readFileSync(new URL(`${name}.lua`, directory), 'utf8'), (included) =>
    readLua(included, directory),
  );

/** Replaces each line `-- include NAME` by a shared file (folders `shared`). */
export const withIncludes = (lua: string, read: (name: string) => string): string =>
  lua.replace(/^-- include (\S+)\n/gm, (_line, name: string) => read(name));

/**
 * Makes a Lua file callable on a client. The script is sent once per connection, then called by its hash.
 *
 * @throws UrrError UNAVAILABLE when Redis is unavailable or too slow: the step may or may not have happened
 */
export function defineScript(
  client: RedisClient,
  name: string,
  numberOfKeys: number,
  lua: string,
  timeoutMs = callTimeoutMs,
): Script {
  const command = `urr_${name}`;
  client.defineCommand(command, { lua, numberOfKeys });
  const method: unknown = Reflect.get(client, command);
  if (typeof method !== 'function') throw new UrrError('INTERNAL', `script ${name} could not be defined`);
  return async (keys, args) => {
    if (keys.length !== numberOfKeys)
      throw new UrrError('INTERNAL', `script ${name} needs ${numberOfKeys} keys, not ${keys.length}`);
    try {
      return await withinTime(Reflect.apply(method, client, [...keys, ...args]), timeoutMs);
    } catch (error) {
      throw translated(name, error);
    }
  };
}

const tooLate = Symbol('too late');

async function withinTime(call: Promise<unknown>, timeoutMs: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<typeof tooLate>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, tooLate);
  });
  try {
    const reply = await Promise.race([call, deadline]);
    if (reply === tooLate) throw unavailable('the queue responds too slowly; please try again');
    return reply;
  } finally {
    clearTimeout(timer);
    // A late failure must not become an unhandled rejection.
    call.catch(() => undefined);
  }
}

function translated(name: string, error: unknown): unknown {
  if (error instanceof UrrError) return error;
  const code = replyCode(error);
  if (code === undefined || passingCodes.has(code))
    return unavailable('the queue does not respond; please try again', error);
  return new UrrError('INTERNAL', `script ${name} failed with ${code}`, { cause: error });
}

export const unavailable = (message: string, cause?: unknown): UrrError =>
  new UrrError('UNAVAILABLE', message, { retryAfterSeconds, cause });
