/**
 * A value that may be known already. A chain of promises is a tenth of the cost of a poll, so the hot path continues
 * synchronously where it can (docs/adr/0056).
 */
export type MaybePromise<T> = T | Promise<T>;

/** Calls `next` with the value: at once if the value is known, otherwise when it resolves. */
export const andThen = <A, B>(
  value: MaybePromise<A>,
  next: (value: A) => MaybePromise<B>,
): MaybePromise<B> => (value instanceof Promise ? value.then(next) : next(value));

/** Like `andThen` with two values. They are awaited together, so the rejection of either is handled. */
export const bothThen = <A, B, C>(
  a: MaybePromise<A>,
  b: MaybePromise<B>,
  next: (a: A, b: B) => MaybePromise<C>,
): MaybePromise<C> =>
  a instanceof Promise || b instanceof Promise
    ? Promise.all([a, b]).then((both) => next(...both))
    : next(a, b);

/** Calls `onValue` or `onRefusal` once with the outcome of `make`: at once if it is known, otherwise when it resolves. */
export function settle<T>(
  make: () => MaybePromise<T>,
  onValue: (value: T) => void,
  onRefusal: (refusal: unknown) => void,
): void {
  let made: MaybePromise<T>;
  try {
    made = make();
  } catch (refusal) {
    onRefusal(refusal);
    return;
  }
  if (made instanceof Promise) made.then(onValue, onRefusal);
  else onValue(made);
}
