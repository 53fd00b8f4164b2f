import { describe } from 'vitest';
import { lineStoresContract } from '../../contract/line-stores.ts';
import { createMemoryLine } from '../../support/memory-line.ts';

describe('tier 1 storage in memory', () => {
  const line = createMemoryLine();
  lineStoresContract(() => line);
});
