import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Programs that npm does not install: commands to look for (the first usable one wins), and Debian packages with them.
 */
const programs = {
  redis: { commands: ['redis-server', 'valkey-server'], packages: ['redis-server', 'valkey-server'] },
  chromium: {
    commands: [
      'chromium',
      'google-chrome',
      'google-chrome-stable',
      'chrome',
      'chromium-browser',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    packages: ['chromium', 'chromium-browser'],
  },
} as const;

type ToolName = keyof typeof programs;

/** Machine access for the search and the installation. Tests pass their own. */
export interface Machine {
  /** Directories to search, in order. */
  readonly searchPath: readonly string[];
  readonly isExecutable: (path: string) => Promise<boolean>;
  /** Runs a command to its end, without input. Returns its exit code, or 127 if it cannot start. */
  readonly run: (command: string, args: readonly string[], timeoutMs: number) => Promise<number>;
  readonly isRoot: boolean;
  readonly wait: (ms: number) => Promise<void>;
  readonly say: (line: string) => void;
}

/** A usable program responds to `--version` at once. Ubuntu's stub that only names the package does not. */
const versionTimeoutMs = 20_000;
/** Limit of one apt-get call: long enough for a slow mirror, and shorter than the usual limit of a CI job. */
const aptTimeoutMs = 5 * 60_000;
/** Another apt-get or dpkg may hold the lock: each call waits this long for it, and is repeated this often. */
const dpkgLockSeconds = 120;
const aptTriesMax = 4;
const aptRetryMs = 5_000;
const progressEveryMs = 10_000;

/**
 * Finds the named programs, installs missing ones if it can (apt-get, as root or by sudo without password), and returns
 * their paths.
 * @throws Error that names the command to run if a program stays missing
 */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  machine: Machine = thisMachine(),
): Promise<Record<Name, string>> {
  const found: Partial<Record<ToolName, string>> = {};
  const missing: Name[] = [];
  for (const name of new Set(names)) {
    const path = await findTool(name, machine);
    if (path === undefined) missing.push(name);
    else found[name] = path;
  }
  if (missing.length > 0) {
    const reason = await install(missing, machine);
    const stillMissing: Name[] = [];
    for (const name of missing) {
      const path = await findTool(name, machine);
      if (path === undefined) stillMissing.push(name);
      else found[name] = path;
    }
    if (stillMissing.length > 0) throw new Error(whatToRun(stillMissing, reason));
  }
  return found as Record<Name, string>;
}

async function findTool(name: ToolName, machine: Machine): Promise<string | undefined> {
  for (const command of programs[name].commands) {
    const candidates = isAbsolute(command) ? [command] : machine.searchPath.map((dir) => join(dir, command));
    for (const path of candidates) {
      if (!(await machine.isExecutable(path))) continue;
      if ((await machine.run(path, ['--version'], versionTimeoutMs)) === 0) return path;
    }
  }
  return undefined;
}

/** Returns the reason why a program was not installed, or undefined if apt-get succeeded for each. */
async function install(names: readonly ToolName[], machine: Machine): Promise<string | undefined> {
  if ((await machine.run('apt-get', ['--version'], versionTimeoutMs)) !== 0)
    return 'this machine has no apt-get';
  if (!machine.isRoot && (await machine.run('sudo', ['-n', 'true'], versionTimeoutMs)) !== 0) {
    return 'you are not root and sudo asks for a password';
  }
  machine.say(`installing ${names.map((name) => programs[name].packages[0]).join(', ')} (first run only)`);
  if (!(await aptGet(['update', '-q'], aptTriesMax, machine))) return 'apt-get update failed';
  for (const name of names) {
    if (!(await installAnyOf(programs[name].packages, machine))) {
      return `apt-get could not install ${programs[name].packages.join(' or ')}`;
    }
  }
  return undefined;
}

async function installAnyOf(packages: readonly string[], machine: Machine): Promise<boolean> {
  for (const name of packages) {
    if (await aptGet(['install', '-q', '-y', '--no-install-recommends', name], 2, machine)) return true;
  }
  return false;
}

async function aptGet(args: readonly string[], triesMax: number, machine: Machine): Promise<boolean> {
  const started = performance.now();
  const progress = setInterval(() => {
    machine.say(`apt-get ${args[0]}: ${Math.round((performance.now() - started) / 1000)} s`);
  }, progressEveryMs);
  try {
    for (let tries = 1; tries <= triesMax; tries++) {
      // RUNLEVEL=1 keeps the package from starting its service. URR starts its own server on its own port.
      const words = ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get'];
      const lock = ['-o', `DPkg::Lock::Timeout=${dpkgLockSeconds}`];
      const command = machine.isRoot ? 'env' : 'sudo';
      const prefix = machine.isRoot ? words : ['-n', 'env', ...words];
      if ((await machine.run(command, [...prefix, ...lock, ...args], aptTimeoutMs)) === 0) return true;
      if (tries < triesMax) await machine.wait(aptRetryMs);
    }
    return false;
  } finally {
    clearInterval(progress);
  }
}

function whatToRun(names: readonly ToolName[], reason: string | undefined): string {
  const needed = names.map((name) => programs[name].commands.slice(0, 2).join(' or ')).join('; ');
  const debian = names.map((name) => programs[name].packages[0]).join(' ');
  const mac = names.map((name) => (name === 'redis' ? 'redis' : '--cask chromium')).join(' ');
  return [
    `not found: ${needed}${reason === undefined ? '' : ` (not installed: ${reason})`}. Please run`,
    `  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install -y ${debian}`,
    `  macOS:           brew install ${mac}`,
    'and then the same command again.',
  ].join('\n');
}

function thisMachine(): Machine {
  // Some systems install services in sbin, which is not in an ordinary user's PATH.
  const directories = (process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== '');
  return {
    searchPath: [...new Set([...directories, '/usr/bin', '/usr/sbin', '/usr/local/bin'])],
    isExecutable: async (path) =>
      access(path, constants.X_OK).then(
        () => true,
        () => false,
      ),
    run: (command, args, timeoutMs) =>
      new Promise((resolve) => {
        const child = spawn(command, args, { stdio: 'ignore', timeout: timeoutMs, killSignal: 'SIGKILL' });
        child.once('error', () => resolve(127));
        child.once('close', (code) => resolve(code ?? 1));
      }),
    isRoot: process.getuid?.() === 0,
    wait: (ms) => delay(ms),
    say: (line) => process.stderr.write(`${line}\n`),
  };
}
