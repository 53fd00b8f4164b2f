import { describe } from 'vitest';
import { lineStoresContract } from '../../contract/line-stores.ts';
import { createMemoryLine } from '../../support/line/memory-line.ts';

describe('the line store in memory', () => {
  const line = createMemoryLine();
  lineStoresContract(() => line);
});
