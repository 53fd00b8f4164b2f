import { availableParallelism } from 'node:os';
import { type BenchFile, listBenches, loadBench, planBench } from './catalogue.ts';
import { type Figure, type FigureId, figure } from './figure.ts';

interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Measures the figures that `words` name in the bench files of `folder`. Returns the exit code (run.ts). */
export async function runBenches(
  words: readonly string[],
  folder: string,
  streams: Streams,
): Promise<number> {
  const plan = planBench(words, listBenches(folder));
  if ('problem' in plan) {
    streams.err(plan.problem);
    return 2;
  }
  const cores = availableParallelism();
  const measured: Figure[] = [];
  for (const file of plan.files) {
    streams.err(`measuring ${file.id} …`);
    const figures = await measure(file);
    measured.push(...figures.map((one) => ({ ...one, detail: `${one.detail}; ${cores} cores` })));
    if (!plan.json) for (const one of measured.slice(-figures.length)) streams.out(lineOf(one));
  }
  if (plan.json) streams.out(JSON.stringify(measured, null, 2));
  return measured.every(({ ok }) => ok) ? 0 : 1;
}

/** A figure that cannot be measured fails with the reason. The others are still measured. */
async function measure(file: BenchFile): Promise<readonly Figure[]> {
  const notMeasured = (ids: readonly FigureId[], reason: string) =>
    ids.map((id) => figure(id, Number.NaN, '', 'stated', `not measured: ${reason}`));
  try {
    const bench = await loadBench(file);
    const figures = await bench.run();
    const missing = bench.figures.filter((id) => !figures.some((one) => one.id === id));
    return [...figures, ...notMeasured(missing, 'declared but not returned')];
  } catch (error) {
    return notMeasured([file.id], error instanceof Error ? error.message : String(error));
  }
}

const lineOf = (one: Figure) =>
  `${one.ok ? 'ok  ' : 'FAIL'} ${one.id}  ${rounded(one.value)} ${one.unit}  (reach ${one.reach})\n     ${one.detail}`;

/** Four significant digits, because a shared machine gives no more precision. */
const rounded = (value: number) =>
  Number.isFinite(value)
    ? Number(value.toPrecision(4)).toLocaleString('en', { maximumFractionDigits: 9 })
    : 'none';
