/** Runs `work` on every item, at most `concurrencyMax` at once. `work` must not throw. */
export async function mapBounded<T>(
  items: readonly T[],
  concurrencyMax: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const one = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(concurrencyMax, items.length) }, one));
}
