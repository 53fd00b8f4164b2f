/**
 * Values that may be known already. A chain of promises is a tenth of what a poll costs, so the hot path continues at once
 * where it can (docs/adr/0056).
 */
export type Maybe<T> = T | Promise<T>;

/** `next` of the value: now if the value is known, else when it is. */
export const andThen = <A, B>(value: Maybe<A>, next: (value: A) => Maybe<B>): Maybe<B> =>
  value instanceof Promise ? value.then(next) : next(value);

/** As andThen, of two values. They are awaited together, so the rejection of either is handled. */
export const bothThen = <A, B, C>(a: Maybe<A>, b: Maybe<B>, next: (a: A, b: B) => Maybe<C>): Maybe<C> =>
  a instanceof Promise || b instanceof Promise
    ? Promise.all([a, b]).then((both) => next(...both))
    : next(a, b);

/** Calls `onValue` or `onRefusal` once, with what `make` returns or throws: now if that is known, else when it is. */
export function settle<T>(
  make: () => Maybe<T>,
  onValue: (value: T) => void,
  onRefusal: (refusal: unknown) => void,
): void {
  let made: Maybe<T>;
  try {
    made = make();
  } catch (refusal) {
    onRefusal(refusal);
    return;
  }
  if (made instanceof Promise) made.then(onValue, onRefusal);
  else onValue(made);
}
