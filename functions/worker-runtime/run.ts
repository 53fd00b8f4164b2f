import type { WorkerEnvironment } from '#contract/environment.ts';
import type { WorkerDeps, WorkerLifecycle, WorkerOptions } from './lifecycle.ts';

/** The load balancer needs its deregistration delay to remove a target. Both times together are below ECS's 30 s. */
const drainGraceMs = 5_000;
const drainMaxMs = 20_000;

/**
 * Runs a worker until a signal ends it. ECS sends SIGTERM and, 30 s later, SIGKILL; Ctrl-C in a terminal sends SIGINT.
 */
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
