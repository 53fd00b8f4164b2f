import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundleCanonicalPath, bundleTokenGate } from '../../edge/bundle.ts';
import { originEvent } from '../support/access/edge-events.ts';
import { readAnswer, tokenGate } from '../support/access/edge-functions.ts';
import { cookieHeader, makeEdgeKit } from '../support/access/edge-kit.ts';
import { type Figure, type FigureId, figure } from './figure.ts';

export const figures: readonly FigureId[] = ['F5.verification', 'F5.bundle', 'F5.init'];

const warmUps = 1000;
const verifications = 5000;
const processes = 15;

/** The gate: one warm verification, size of the bundle, time of the module's initialisation. */
export async function run(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'urr-f5-'));
  try {
    const bytes = bundleTokenGate(folder);
    return [await verification(), bundle(bytes), await initialisation(folder)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The whole handler from event to response, in sequence, with another token each time, so that nothing is cached. */
async function verification(): Promise<Figure> {
  const kit = makeEdgeKit();
  const gate = tokenGate(kit.config, kit.nowMs);
  const event = (seq: number) =>
    originEvent({
      method: 'GET',
      target: '/api/v1/queue/status/spring-show',
      headers: [['cookie', cookieHeader(kit, { pass: kit.pass({ seq }) })]],
    });
  const events = Array.from({ length: warmUps + verifications }, (_, index) => event(index + 1));
  const timesMs: number[] = [];
  for (const [index, each] of events.entries()) {
    const startMs = performance.now();
    const answer = await gate(each);
    const tookMs = performance.now() - startMs;
    if (readAnswer(answer).status !== 0) throw new Error('the gate refused a valid pass');
    if (index >= warmUps) timesMs.push(tookMs);
  }
  const detail = `one verification, warm: median of ${verifications} different passes through the whole handler, one at a time; p99 ${quantile(timesMs, 0.99).toFixed(3)} ms`;
  return figure('F5.verification', quantile(timesMs, 0.5), 'ms', { atMost: 0.3 }, detail);
}

function bundle(bytes: number): Figure {
  const detail = `token gate, one minified file with its dependencies; the CloudFront Function has ${Buffer.byteLength(bundleCanonicalPath())} of its 10,240 bytes`;
  return figure('F5.bundle', bytes / 1000, 'KB', { atMost: 100 }, detail);
}

/** `import()` of the bundle in a new process, and of an empty module, which is the least cost of an import. */
async function initialisation(folder: string): Promise<Figure> {
  const empty = join(folder, 'empty.mjs');
  await writeFile(empty, 'export {};\n');
  const gateMs: number[] = [];
  const emptyMs: number[] = [];
  for (let count = 0; count < processes; count += 1) {
    gateMs.push(await importMs(join(folder, 'index.mjs')));
    emptyMs.push(await importMs(empty));
  }
  const detail = `module initialisation: median of ${processes} fresh processes; an empty module takes ${quantile(emptyMs, 0.5).toFixed(1)} ms; Node ${process.version}`;
  return figure('F5.init', quantile(gateMs, 0.5), 'ms', { atMost: 60 }, detail);
}

async function importMs(path: string): Promise<number> {
  const script = `const s=performance.now();await import(${JSON.stringify(pathToFileURL(path).href)});console.log(performance.now()-s)`;
  const arguments_ = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_, { env: {}, timeout: 20_000 });
  return Number(stdout);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
