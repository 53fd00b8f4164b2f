import { readFileSync } from 'node:fs';
import { UrrError } from '#core/errors.ts';
import { type RedisClient, replyCode } from './connect.ts';

/** Redis answers in well under a millisecond; who waits longer than this is better told to come back. */
export const callTimeoutMs = 1_000;
const retryAfterSeconds = 2;

/** Replies that say: not now. Any other error reply is a mistake of ours. */
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

/** One Lua file as a callable. */
export type Script = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** Where the Lua files lie, unless told otherwise. */
export const luaDirectory = new URL('../../../lua/', import.meta.url);

/** @param name path below the folder, without its ending: `queue/enter` */
export const readLua = (name: string, directory: URL = luaDirectory): string =>
  withIncludes(readFileSync(new URL(`${name}.lua`, directory), 'utf8'), (included) =>
    readLua(included, directory),
  );

/** Puts what scripts share (folders `shared`) in the place of each line `-- include NAME`. */
export const withIncludes = (lua: string, read: (name: string) => string): string =>
  lua.replace(/^-- include (\S+)\n/gm, (_line, name: string) => read(name));

/**
 * Makes a Lua file callable on a client. The script is sent whole once per connection, then by its hash.
 *
 * @throws UrrError UNAVAILABLE when Redis is away or answers too late: the step may or may not have been done
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
      throw new UrrError('INTERNAL', `script ${name} takes ${numberOfKeys} keys, not ${keys.length}`);
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
    if (reply === tooLate) throw unavailable('the queue answers too slowly, please try again');
    return reply;
  } finally {
    clearTimeout(timer);
    // The late answer, should it fail, must not count as an unhandled one.
    call.catch(() => undefined);
  }
}

function translated(name: string, error: unknown): unknown {
  if (error instanceof UrrError) return error;
  const code = replyCode(error);
  if (code === undefined || passingCodes.has(code))
    return unavailable('the queue does not answer, please try again', error);
  return new UrrError('INTERNAL', `script ${name} failed with ${code}`, { cause: error });
}

export const unavailable = (message: string, cause?: unknown): UrrError =>
  new UrrError('UNAVAILABLE', message, { retryAfterSeconds, cause });
