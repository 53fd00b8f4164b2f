import { isPortInUse } from '#local/cloudfront/http-server.ts';
import { seedDemo } from '#local/seed.ts';
import { redisProgram } from '#local/servers/redis.ts';
import {
  OptionsError,
  parseStartOptions,
  portDefault,
  portsTried,
  type StartOptions,
  usage,
} from '#local/start-options.ts';
import { type RunningSystem, startSystem } from '#local/system.ts';

/** `npm start`: the whole system on one machine, until Ctrl-C. Exit codes: 0 stopped, 1 could not run, 2 bad arguments. */
const startedAtMs = performance.now();
const askedAgainMs = 500;
const say = (line: string) => console.log(line);
const progress = (step: string) =>
  say(`  ${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(5)} s  ${step}`);

async function main(): Promise<void> {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) {
    say(usage);
    return;
  }
  const stopping = new AbortController();
  let askedAtMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // A second signal ends the process at once; every child ends automatically with its parent. One Ctrl-C may arrive twice,
      // from the terminal and from npm.
      if (stopping.signal.aborted && performance.now() - askedAtMs > askedAgainMs) process.exit(130);
      if (stopping.signal.aborted) return;
      askedAtMs = performance.now();
      stopping.abort();
    });
  }
  say('URR is starting');
  const system = await start(options, stopping.signal).catch((error: unknown) => {
    if (stopping.signal.aborted) return undefined;
    throw error;
  });
  if (system === undefined) return;
  say(`\nURR is ready: ${system.url}\n`);
  say(
    `Sign up with any address: accounts last as long as this run. Payments go to a sandbox, ${system.payments.url}.`,
  );
  say('Ctrl-C stops it. In another terminal, `npx urr --local event list` lists its events.\n');
  if (!stopping.signal.aborted)
    await new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  say('\nstopping: workers drain, at most five seconds');
  await system.stop();
  say('stopped');
}

async function start(options: StartOptions, signal: AbortSignal): Promise<RunningSystem> {
  const wanted = options.port ?? portDefault;
  // The search for the tools runs in parallel: it is quick, and an installation takes half a minute, once.
  const tools = redisProgram();
  const [system] = await Promise.all([
    startSystem({
      environmentName: options.environment,
      // Without --port a second run takes the next free one.
      ports: options.port === undefined ? [...portsTried, 0] : [wanted],
      cycleSeconds: options.cycle,
      signal,
      onProgress: progress,
    }),
    tools,
  ]).catch(async (error: unknown) => {
    await tools.catch(() => {}); // Already reported, or less important than the failed start.
    if (!isPortInUse(error)) throw error;
    throw new OptionsError(
      `--port ${wanted}: the port is in use; choose another one, or 0 for any free port`,
    );
  });
  if (options.port === undefined && new URL(system.url).port !== String(wanted))
    say(`port ${wanted} is in use; the address is ${system.url} instead`);
  if (options.seed === 'demo') {
    progress('seeding the demo events');
    const { created, joined } = await seedDemo({
      dynamodbEndpoint: system.endpoints.dynamodb,
      environmentName: system.environmentName,
      nowMs: Date.now(),
      url: system.url,
    });
    progress(`${created.length} events, ${joined} people in line`);
  }
  return system;
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof OptionsError) console.error(`\n${usage}`);
  process.exit(error instanceof OptionsError ? 2 : 1);
}
