import type { WorkerEnvironment } from '#contract/environment.ts';
import type { WorkerDeps, WorkerLifecycle, WorkerOptions } from './lifecycle.ts';

/** The load balancer takes a target out within its deregistration delay; together below ECS's 30 s. */
const drainGraceMs = 5_000;
const drainMaxMs = 20_000;

/** Runs a worker until it is told to end. ECS sends SIGTERM and, 30 s later, SIGKILL; Ctrl-C on one's own machine means the same. */
export async function runWorker<Deps extends WorkerDeps>(
  name: string,
  running: {
    readonly deps: Deps;
    readonly environment: Pick<WorkerEnvironment, 'HOST' | 'PORT'>;
    readonly close: () => void;
  },
  make: (deps: Deps, options: WorkerOptions) => WorkerLifecycle,
): Promise<void> {
  const { deps, close } = running;
  const { HOST: host, PORT: port } = running.environment;
  const worker = make(deps, { host, port, drainGraceMs, drainMaxMs });
  const end = async () => {
    await worker.stop();
    close();
  };
  process.once('SIGTERM', () => void end());
  process.once('SIGINT', () => void end());
  deps.telemetry.info(`${name} worker listens`, {
    host,
    port: await worker.start(),
    workerId: deps.workerId,
  });
}
