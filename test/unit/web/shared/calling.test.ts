import { beforeEach, describe, expect, it } from 'vitest';
import { type Calling, createCalling } from '../../../../web/shared/calling.ts';
import { createLineWorld } from '../line/fake-line-ports.ts';

let heard: string[];
let made: ReturnType<typeof createLineWorld>;
let calling: Calling;

const open = () =>
  createCalling(
    {
      ring: () => void heard.push('ring'),
      vibrate: () => void heard.push('vibrate'),
      notify: (title) => void heard.push(`notify ${title}`),
      askToNotify: () => void heard.push('ask'),
    },
    made.ports,
    () => undefined,
  );

beforeEach(() => {
  heard = [];
  made = createLineWorld();
  calling = open();
});

describe('the call by sound', () => {
  it('the call is silent until a press switches it on and requests permission, and a press mutes it', () => {
    calling.call('turn 1', 'Your turn', 'Spring');
    expect(heard).toEqual([]);
    calling.toggle();
    expect(heard).toEqual(['ring', 'ask']);
    calling.call('turn 2', 'Your turn', 'Spring');
    expect(heard.slice(2)).toEqual(['ring', 'vibrate', 'notify Your turn']);
    calling.toggle();
    calling.call('turn 3', 'Your turn', 'Spring');
    expect(heard).toHaveLength(5);
  });

  it('the call sounds once per reason, and again for the second call', () => {
    calling.toggle();
    for (const reason of ['turn 1', 'turn 1', 'turn 2']) calling.call(reason, 'Your turn', 'Spring');
    expect(heard.filter((what) => what === 'vibrate')).toHaveLength(2);
  });

  it('the call stays on over a refresh and on the next page, which requests no permission', () => {
    calling.toggle();
    heard = [];
    calling = open();
    expect(calling.isOn()).toBe(true);
    expect(heard).toEqual([]);
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
