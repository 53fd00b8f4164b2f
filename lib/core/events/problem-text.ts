import type { ItemProblem } from './ports.ts';

/** One line for a log or a terminal: attribute, problem and value. */
export const problemText = ({ attribute, problem, value }: ItemProblem): string =>
  `${attribute}: ${problem} (${value === undefined ? 'it is missing' : `it is ${value}`})`;
