import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from './state-file.ts';

/** Everything that can change a template or an asset. */
const inputs = [
  'bin/urr-app.ts',
  'lib/infra',
  'lib/contract',
  'lib/core',
  'lib/adapters',
  'functions',
  'edge',
  'lua',
  'web',
  'package-lock.json',
  'cdk.json',
  'tsconfig.json',
];
/**
 * Context of every synthesis here. The run replaces variables of the templates by the addresses of its payment sandbox,
 * but never adds one, so the templates must have the variable of the checkout page. No request is sent to this address.
 */
const localContext = { paymentCheckoutUrl: 'http://payment-sandbox.invalid/checkout' } as const;
/** Time-out of a synthesis that hangs. A synthesis takes some seconds, and minutes on a busy machine. */
const synthMinutesMax = 20;

/**
 * Returns the folder of an environment's cloud assembly. If no input has changed, it is that of the last synthesis. The
 * CDK app runs directly, which saves the second that the CDK command line takes to start.
 */
export async function synthesize(
  environmentName: string,
  progress: (step: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(environmentName))
    throw new Error(
      `environment name ${environmentName}: it must be at most 16 lower-case letters, digits and hyphens`,
    );
  const hash = await hashOfInputs(environmentName);
  const directory = join(repositoryRoot, '.urr', 'cdk.out', `${environmentName}-${hash}`);
  if (await exists(join(directory, 'complete'))) {
    const now = new Date();
    await utimes(join(directory, 'complete'), now, now);
    return directory;
  }
  progress('synthesizing the templates');
  // Written to a folder of its own and then moved, so that concurrent or interrupted runs leave no partial output.
  const draft = `${directory}.${process.pid}.${Date.now()}`;
  await mkdir(dirname(directory), { recursive: true });
  try {
    await runApp(environmentName, draft, signal);
    await writeFile(join(draft, 'complete'), '');
    await forgetOlder(environmentName, dirname(directory));
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (await exists(join(directory, 'complete'))) return directory; // Another run was faster.
    throw error;
  }
  return directory;
}

async function runApp(environmentName: string, output: string, signal?: AbortSignal): Promise<void> {
  const context = JSON.parse(await readFile(join(repositoryRoot, 'cdk.json'), 'utf8')).context ?? {};
  try {
    await promisify(execFile)(process.execPath, ['bin/urr-app.ts'], {
      cwd: repositoryRoot,
      timeout: synthMinutesMax * 60_000,
      ...(signal && { signal }),
      maxBuffer: 16 * 1024 * 1024,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '',
        NODE_COMPILE_CACHE: join(repositoryRoot, '.urr', 'compile-cache'),
        CDK_OUTDIR: output,
        CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...localContext, env: environmentName }),
      },
    });
  } catch (error) {
    const { stderr = '', stdout = '', killed = false } = Object(error);
    const what = killed ? `synthesis did not end within ${synthMinutesMax} minutes` : 'synthesis failed';
    throw new Error(`${what}:\n${`${stdout}${stderr}`.trim().slice(-4000)}`, { cause: error });
  }
  if (!(await exists(join(output, 'manifest.json'))))
    throw new Error('synthesis failed: it wrote no manifest');
}

async function hashOfInputs(environmentName: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([environmentName, localContext]));
  for (const input of inputs) {
    for (const path of await filesOf(join(repositoryRoot, input))) {
      hash.update(`\0${path.slice(repositoryRoot.length)}\0`).update(await readFile(path));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return error.code === 'ENOTDIR' ? [path] : []; // A missing folder has no files.
  }
}

/** A run may still start processes from an older synthesis, so only output unused for two hours is deleted. */
const keptNewest = 3;
const keptMs = 2 * 3_600_000;

async function forgetOlder(environmentName: string, folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) =>
    new RegExp(`^${environmentName}-[0-9a-f]{16}$`).test(name),
  );
  const dated = await Promise.all(
    names.map(async (name) => ({ name, atMs: (await readStat(join(folder, name, 'complete'))) ?? 0 })),
  );
  dated.sort((left, right) => right.atMs - left.atMs);
  const old = dated.slice(keptNewest).filter(({ atMs }) => Date.now() - atMs > keptMs);
  for (const { name } of old) await rm(join(folder, name), { recursive: true, force: true });
}

async function readStat(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

async function exists(path: string): Promise<boolean> {
  return (await readStat(path)) !== undefined;
}
