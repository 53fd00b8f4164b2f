import { beforeEach, describe, expect, it } from 'vitest';
import { type Calling, createCalling } from '../../../../web/shared/calling.ts';
import { createLineWorld } from '../line/fake-line-ports.ts';

let signals: string[];
let made: ReturnType<typeof createLineWorld>;
let calling: Calling;

const open = () =>
  createCalling(
    {
      ring: () => void signals.push('ring'),
      vibrate: () => void signals.push('vibrate'),
      notify: (title) => void signals.push(`notify ${title}`),
      askToNotify: () => void signals.push('ask'),
    },
    made.ports,
    () => undefined,
  );

beforeEach(() => {
  signals = [];
  made = createLineWorld();
  calling = open();
});

describe('the call by sound', () => {
  it('the call is silent until a press switches it on and requests permission, and a press mutes it', () => {
    calling.call('turn 1', 'Your turn', 'Spring');
    expect(signals).toEqual([]);
    calling.toggle();
    expect(signals).toEqual(['ring', 'ask']);
    calling.call('turn 2', 'Your turn', 'Spring');
    expect(signals.slice(2)).toEqual(['ring', 'vibrate', 'notify Your turn']);
    calling.toggle();
    calling.call('turn 3', 'Your turn', 'Spring');
    expect(signals).toHaveLength(5);
  });

  it('the call sounds once per reason, and again for the second call', () => {
    calling.toggle();
    for (const reason of ['turn 1', 'turn 1', 'turn 2']) calling.call(reason, 'Your turn', 'Spring');
    expect(signals.filter((what) => what === 'vibrate')).toHaveLength(2);
  });

  it('the call stays on over a refresh and on the next page, which requests no permission', () => {
    calling.toggle();
    signals = [];
    calling = open();
    expect(calling.isOn()).toBe(true);
    expect(signals).toEqual([]);
  });

  it('the page changes after the call has sounded, and at once without a call', async () => {
    calling.go('/queue/spring');
    expect(made.test.went).toEqual(['/queue/spring']);
    calling.toggle();
    calling.call('turn 1', 'Your turn', 'Spring');
    calling.go('/queue/summer');
    await made.test.run(1_000);
    expect(made.test.went).toEqual(['/queue/spring']);
    await made.test.run(1_000);
    expect(made.test.went).toEqual(['/queue/spring', '/queue/summer']);
  });
});
