import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { localFetch } from './edge-dns.ts';
import type { FromRuntime, ToRuntime } from './protocol.ts';

/**
 * The process of one Lambda execution environment: loads the bundle of the asset and handles one invocation at a time.
 * It ends when its parent ends, even if that was killed.
 */
type Handler = (
  event: unknown,
  context: object,
  callback: (error: unknown, result: unknown) => void,
) => unknown;
let handler: Handler | undefined;

process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent ends its functions itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('message', (message: ToRuntime) => {
  if (message.kind === 'start') void start(message);
  else void invoke(message);
});

function tell(message: FromRuntime): void {
  process.send?.(message);
}

/** Answers the message with an error, also if the result has no JSON form, so that the parent does not wait. */
function tellError(error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  tell({
    kind: 'error',
    errorType: known.name,
    errorMessage: known.message,
    trace: (known.stack ?? '').split('\n').slice(0, 20),
  });
}

async function start(message: Extract<ToRuntime, { kind: 'start' }>): Promise<void> {
  try {
    const { directory, dns } = message;
    if (dns !== undefined) globalThis.fetch = localFetch(dns, globalThis.fetch);
    confineImports(pathToFileURL(`${directory}/`).href);
    const dot = message.handler.lastIndexOf('.');
    const [file, name] = [message.handler.slice(0, dot), message.handler.slice(dot + 1)];
    const path = ['.mjs', '.js', '.cjs'].map((end) => join(directory, file + end)).find(existsSync);
    if (path === undefined)
      throw new Error(`the asset contains no module ${file} for handler ${message.handler}`);
    const loaded: Record<string, unknown> = await import(pathToFileURL(path).href);
    const exported = loaded[name] ?? Object(loaded.default)[name];
    if (!isHandler(exported)) throw new Error(`${file} exports no function ${name}`);
    handler = exported;
    tell({ kind: 'ready' });
  } catch (error) {
    tellError(error);
  }
}

async function invoke(message: Extract<ToRuntime, { kind: 'invoke' }>): Promise<void> {
  try {
    if (handler === undefined) throw new Error('invoked before it started');
    process.env._X_AMZN_TRACE_ID = message.traceId;
    const context = contextOf(message);
    const current = handler;
    const payload = await new Promise<unknown>((resolve, reject) => {
      const returned = current(message.event, context, (error, result) =>
        error ? reject(error) : resolve(result),
      );
      if (returned instanceof Promise) returned.then(resolve, reject);
      else if (current.length < 3) resolve(returned);
    });
    // Values without a JSON form (functions, undefined) are lost, as on AWS.
    tell({ kind: 'result', payload: payload === undefined ? null : JSON.parse(JSON.stringify(payload)) });
  } catch (error) {
    tellError(error);
  }
}

function contextOf({ requestId, functionArn, deadlineMs }: Extract<ToRuntime, { kind: 'invoke' }>): object {
  const environment = process.env;
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    invokedFunctionArn: functionArn,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

/**
 * Limits the bundle's imports to its own asset, Node's modules, and the AWS SDK that Lambda's Node runtimes contain.
 * Without it an import could succeed from the project's node_modules, and fail on AWS.
 */
function confineImports(assetUrl: string): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const isFromAsset = context.parentURL?.startsWith(assetUrl) === true;
      if (!isFromAsset) return nextResolve(specifier, context);
      if (/^@(?:aws-sdk|smithy)\//.test(specifier))
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      const resolved = nextResolve(specifier, context);
      if (resolved.url.startsWith('node:') || resolved.url.startsWith(assetUrl)) return resolved;
      throw new Error(`${specifier} is not in the bundle, and Lambda's runtime does not have it`);
    },
  });
}
