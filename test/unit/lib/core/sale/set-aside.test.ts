import { expect, it } from 'vitest';
import { SetAside } from '#core/sale/set-aside.ts';

it('a failed item is skipped for a second, then twice as long each time, up to five minutes', () => {
  let nowMs = 0;
  const setAside = new SetAside(() => nowMs);
  expect(setAside.has('a')).toBe(false);
  const pauses = Array.from({ length: 12 }, () => {
    setAside.failed('a');
    const fromMs = nowMs;
    while (setAside.has('a')) nowMs += 500;
    return (nowMs - fromMs) / 1000;
  });
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  expect(setAside.has('b')).toBe(false);
});

it('a limited number of ids is remembered, the latest failures', () => {
  const setAside = new SetAside(() => 0);
  for (let id = 0; id <= 10_000; id += 1) setAside.failed(String(id));
  expect([setAside.has('0'), setAside.has('1'), setAside.has('10000')]).toEqual([false, true, true]);
});
