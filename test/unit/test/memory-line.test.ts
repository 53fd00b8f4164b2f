import { describe } from 'vitest';
import { lineStoresContract } from '../../contract/line-stores.ts';
import { createMemoryLine } from '../../support/line/memory-line.ts';

describe('tier 1 storage in memory', () => {
  const line = createMemoryLine();
  lineStoresContract(() => line);
});
