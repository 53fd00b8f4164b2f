import type { OnUnreadable } from '#adapters/dynamodb/items.ts';

/** For stores of tests in which every item must be readable. */
export const noneUnreadable: OnUnreadable = (error) => {
  throw error;
};
