import * as crypto from 'node:crypto';
import * as querystring from 'node:querystring';
import vm from 'node:vm';

/**
 * CloudFront Functions, JavaScript runtime 2.0: code runs in a realm of its own, without network, timers, file system,
 * environment or Node's modules
 * (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html).
 */
export interface FunctionCode {
  readonly name: string;
  /** Runs `handler(event)`. Rethrows errors of the function. */
  run(event: object): Promise<unknown>;
}

/** CloudFront refuses larger code at deployment. */
const codeBytesMax = 10 * 1024;
/** Time limit. CloudFront's is about 1 ms. Here the first call also compiles, so the limit is higher. */
const runMsMax = 200;
/** Loading is measured in wall time, which is long on a busy machine. The limit only stops an endless loop. */
const loadMsMax = 60_000;

/** CPU time of this thread, because waiting on a busy machine is not time of the function. */
const computedMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** Built-in modules for hashing and parsing only: CloudFront's `crypto` has no keys, signatures or random bytes. */
const modules: Readonly<Record<string, object>> = {
  crypto: { createHash: crypto.createHash, createHmac: crypto.createHmac },
  querystring: {
    parse: querystring.parse,
    stringify: querystring.stringify,
    escape: querystring.escape,
    unescape: querystring.unescape,
  },
};

export function compileFunction(name: string, source: string, runtime: string): FunctionCode {
  if (runtime !== 'cloudfront-js-2.0')
    throw new Error(`CloudFront Function runtime ${runtime} has no local form`);
  const bytes = Buffer.byteLength(source);
  if (bytes > codeBytesMax)
    throw new Error(`the function's code is ${bytes} bytes; CloudFront allows ${codeBytesMax}`);
  const context = vm.createContext(
    { console: quietConsole(), Buffer, require: (module: string) => moduleOf(module) },
    { codeGeneration: { strings: false, wasm: false } },
  );
  new vm.Script(importsToRequires(source), { filename: `${name}.js` }).runInContext(context, {
    timeout: loadMsMax,
  });
  // The event crosses as text, so the function's realm has no reference to an object outside. node:vm's own time-out is
  // not used per call: it starts a thread each time, which takes far longer than the function.
  const call: unknown = new vm.Script(
    '(event) => Promise.resolve(handler(JSON.parse(event))).then((answer) => JSON.stringify(answer))',
  ).runInContext(context);
  if (typeof call !== 'function') throw new Error('the function cannot be called');
  return {
    name,
    async run(event) {
      const startedAtMs = computedMs();
      const pending: unknown = call(JSON.stringify(event));
      if (computedMs() - startedAtMs > runMsMax)
        throw new Error(`CloudFront Function ${name} takes too long`);
      const answer = await pending;
      if (typeof answer !== 'string') throw new Error(`CloudFront Function ${name} returned nothing`);
      return JSON.parse(answer);
    },
  };
}

function moduleOf(name: string): object {
  const module = modules[name.replace(/^node:/, '')];
  if (module === undefined) throw new Error(`CloudFront Functions have no module ${name}`);
  return module;
}

function quietConsole() {
  const nothing = () => {};
  return { log: nothing, error: nothing, warn: nothing };
}

/** CloudFront's runtime supports `import x from 'crypto'` for its built-in modules, but node:vm does not. */
function importsToRequires(source: string): string {
  return source.replace(
    /^\s*import\s+(?:\*\s+as\s+)?([A-Za-z_$][\w$]*|\{[^}]*\})\s+from\s+(['"][a-z:]+['"]);?/gm,
    (_, names: string, module: string) => `const ${names} = require(${module});`,
  );
}
