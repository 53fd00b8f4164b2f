/** A decayed number as a table stores it. DynamoDB refuses numbers below 1e-130 that are not 0, which long decay yields. */
export const roundForStorage = (n: number): number => Math.round(n * 1e6) / 1e6;
