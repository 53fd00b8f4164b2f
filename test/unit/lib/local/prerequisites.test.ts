import { describe, expect, it } from 'vitest';
import { ensureTools, type Machine } from '#local/prerequisites.ts';

/** A machine whose apt-get puts programs on its search path. `refuse` names commands that fail. */
function fakeMachine(options: {
  present?: string[];
  installs?: Record<string, string>;
  isRoot?: boolean;
  refuse?: (line: string) => boolean;
}) {
  const present = new Set(options.present ?? []);
  const ran: string[] = [];
  const machine: Machine = {
    searchPath: ['/a', '/b'],
    isExecutable: async (path) => present.has(path),
    run: async (command, args) => {
      const line = [command, ...args].join(' ');
      ran.push(line);
      if (options.refuse?.(line) === true) return 1;
      const wanted = args.includes('install') ? args.at(-1) : undefined;
      const path = wanted === undefined ? undefined : options.installs?.[wanted];
      if (wanted !== undefined && path === undefined) return 100;
      if (path !== undefined) present.add(path);
      return 0;
    },
    isRoot: options.isRoot ?? true,
    wait: async () => {},
    say: () => {},
  };
  return { machine, ran };
}

describe('programs that npm does not install', () => {
  it('are found on the machine, and nothing is installed', async () => {
    const { machine, ran } = fakeMachine({ present: ['/b/redis-server', '/a/chromium'] });

    expect(await ensureTools(['redis', 'chromium'], machine)).toEqual({
      redis: '/b/redis-server',
      chromium: '/a/chromium',
    });
    expect(ran).toEqual(['/b/redis-server --version', '/a/chromium --version']);
  });

  it('include valkey-server instead of redis-server', async () => {
    const { machine } = fakeMachine({ present: ['/a/valkey-server'] });

    expect(await ensureTools(['redis'], machine)).toEqual({ redis: '/a/valkey-server' });
  });

  it('do not include a stub that does not run', async () => {
    const { machine } = fakeMachine({
      present: ['/a/chromium-browser', '/b/google-chrome'],
      refuse: (line) => line.startsWith('/a/chromium-browser'),
    });

    expect(await ensureTools(['chromium'], machine)).toEqual({ chromium: '/b/google-chrome' });
  });

  it('are installed after one apt-get update, and only the missing ones', async () => {
    const { machine, ran } = fakeMachine({
      present: ['/a/redis-server'],
      installs: { chromium: '/a/chromium' },
    });

    expect(await ensureTools(['redis', 'chromium'], machine)).toEqual({
      redis: '/a/redis-server',
      chromium: '/a/chromium',
    });
    const apt = ran.filter((line) => line.startsWith('env ')).map((line) => line.split('120 ')[1]);
    expect(apt).toEqual(['update -q', 'install -q -y --no-install-recommends chromium']);
  });

  it('are installed by sudo without a password if the user is not root', async () => {
    const { machine, ran } = fakeMachine({ isRoot: false, installs: { 'redis-server': '/a/redis-server' } });

    await ensureTools(['redis'], machine);

    expect(ran).toContain('sudo -n true');
    expect(ran.filter((line) => line.startsWith('env '))).toEqual([]);
  });

  it('are installed after an update that fails for a moment, with a limited number of attempts', async () => {
    let failures = 2;
    const flaky = fakeMachine({
      installs: { 'redis-server': '/a/redis-server' },
      refuse: (line) => line.includes(' update ') && failures-- > 0,
    });
    expect(await ensureTools(['redis'], flaky.machine)).toEqual({ redis: '/a/redis-server' });

    const broken = fakeMachine({ refuse: (line) => line.includes(' update ') });
    await expect(ensureTools(['redis'], broken.machine)).rejects.toThrow('apt-get update failed');
    expect(broken.ran.filter((line) => line.includes(' update '))).toHaveLength(4);
  });

  it.each([
    [
      'without apt-get',
      { refuse: (line: string) => line.startsWith('apt-get') },
      'this machine has no apt-get',
    ],
    [
      'without root and sudo',
      { isRoot: false, refuse: (line: string) => line.startsWith('sudo') },
      'not root and sudo asks for a password',
    ],
    ['if no repository has the package', {}, 'apt-get could not install redis-server or valkey-server'],
  ])('are missing %s, and the error names the commands to run', async (_title, options, reason) => {
    const { machine } = fakeMachine(options);

    const refusal = ensureTools(['redis'], machine);

    await expect(refusal).rejects.toThrow(reason);
    await expect(refusal).rejects.toThrow('sudo apt-get update && sudo apt-get install -y redis-server');
  });
});
