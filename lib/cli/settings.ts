import { InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { eventSchema, lineModeSchema, shardsMax, type UrrEvent } from '#contract/event.ts';
import type { EventPatch } from '#core/events/ports.ts';

/** One flag of `event create` and `event set`, and what it changes on the event. */
interface Setting {
  readonly flag: string;
  readonly about: string;
  /** @throws InvalidArgumentError saying what is allowed */
  readonly toPatch: (word: string) => EventPatch;
}

const { shape } = eventSchema;

/** Reads a word by the event's own schema, so that the command line allows exactly what the table allows. */
function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(parsed.error.issues.map((issue) => issue.message).join('; '));
}

function whole(word: string): number {
  if (!/^\d{1,9}$/.test(word)) throw new InvalidArgumentError('it must be a whole number.');
  return Number(word);
}

function onOff(word: string): boolean {
  if (word !== 'on' && word !== 'off') throw new InvalidArgumentError('it must be on or off.');
  return word === 'on';
}

function price(word: string): UrrEvent['prices'][number] {
  const at = word.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError('it must be GRADE=WON, like R=99000.');
  return { grade: word.slice(0, at), amountKrw: whole(word.slice(at + 1)) };
}

/** An empty word takes an optional attribute away. */
const orGone = <T>(word: string, use: (word: string) => T): T | null => (word === '' ? null : use(word));

const settings: readonly Setting[] = [
  {
    flag: '--title-ko <text>',
    about: 'title in Korean',
    toPatch: (word) => ({ titleKo: read(shape.titleKo, word) }),
  },
  {
    flag: '--title-en <text>',
    about: 'title in English',
    toPatch: (word) => ({ titleEn: read(shape.titleEn, word) }),
  },
  {
    flag: '--venue-ko <text>',
    about: "venue in Korean; '' takes it away",
    toPatch: (word) => ({ venueKo: orGone(word, (text) => read(shape.venueKo, text)) }),
  },
  {
    flag: '--venue-en <text>',
    about: "venue in English; '' takes it away",
    toPatch: (word) => ({ venueEn: orGone(word, (text) => read(shape.venueEn, text)) }),
  },
  {
    flag: '--message-ko <text>',
    about: "message to those who wait, in Korean; '' takes it away",
    toPatch: (word) => ({ messageKo: orGone(word, (text) => read(shape.messageKo, text)) }),
  },
  {
    flag: '--message-en <text>',
    about: "message to those who wait, in English; '' takes it away",
    toPatch: (word) => ({ messageEn: orGone(word, (text) => read(shape.messageEn, text)) }),
  },
  {
    flag: '--draft <on|off>',
    about: 'draft: seen and sold nowhere; off publishes the event as it is',
    toPatch: (word) => ({ isDraft: onOff(word) }),
  },
  {
    flag: '--active <on|off>',
    about: 'waiting room on, or off: everyone is let through',
    toPatch: (word) => ({ isActive: onOff(word) }),
  },
  {
    flag: '--sold-out <on|off>',
    about: 'sold out: nobody is called, and the waiting are told',
    toPatch: (word) => ({ isSoldOut: onOff(word) }),
  },
  {
    flag: '--mode <mode>',
    about: 'which lines: both, waiting-room or queue',
    toPatch: (word) => ({ mode: read(lineModeSchema, word) }),
  },
  {
    flag: '--rate <people>',
    about: 'most people called per minute',
    toPatch: (word) => ({ ratePerMinute: read(shape.ratePerMinute, whole(word)) }),
  },
  {
    flag: '--claim-window <seconds>',
    about: 'a called visitor who has not come in this time loses the place',
    toPatch: (word) => ({ claimWindowSeconds: read(shape.claimWindowSeconds, whole(word)) }),
  },
  {
    flag: '--threshold <people>',
    about: 'most shoppers inside at a time',
    toPatch: (word) => ({ threshold: read(shape.threshold, whole(word)) }),
  },
  {
    flag: '--require-sign-in <on|off>',
    about: 'one account, one place',
    toPatch: (word) => ({ requiresSignIn: onOff(word) }),
  },
  {
    flag: '--opens-at <time>',
    about: "nobody is called before (2026-12-24T20:00:00+09:00); '' takes it away",
    toPatch: (word) => ({ opensAt: orGone(word, (text) => read(shape.opensAt, text)) }),
  },
  {
    flag: '--starts-at <time>',
    about: "when the show begins; '' takes it away",
    toPatch: (word) => ({ startsAt: orGone(word, (text) => read(shape.startsAt, text)) }),
  },
  {
    flag: '--seats-per-order <seats>',
    about: 'most seats in one order',
    toPatch: (word) => ({ seatsPerOrder: read(shape.seatsPerOrder, whole(word)) }),
  },
  {
    flag: '--seats-per-account <seats>',
    about: "most seats one account has at a time; '' for as many as one order takes",
    toPatch: (word) => ({
      seatsPerAccount: orGone(word, (seats) => read(shape.seatsPerAccount, whole(seats))),
    }),
  },
  {
    flag: '--sales-end-at <time>',
    about: "nobody begins to buy from then on; '' for the beginning of the show",
    toPatch: (word) => ({ salesEndAt: orGone(word, (text) => read(shape.salesEndAt, text)) }),
  },
  {
    flag: '--refund-policy <steps>',
    about:
      "DAYS:PERCENT steps, '10:0, 7:10, 3:20, 1:30', 'booking-day' in front for no fee on that day, or 'none'; '' for no fee until the show begins",
    toPatch: (word) => ({ refundPolicy: orGone(word, (text) => read(shape.refundPolicy, text)) }),
  },
  {
    flag: '--refund-until <time>',
    about: "nothing is given back from then on; '' takes it away",
    toPatch: (word) => ({ refundUntil: orGone(word, (text) => read(shape.refundUntil, text)) }),
  },
];

/** The flags as commander's options. Each keeps what it changes; commander keeps the last of a repeated flag. */
export function settingOptions(): Option[] {
  const single = settings.map(({ flag, about, toPatch }) => new Option(flag, about).argParser(toPatch));
  const prices = new Option(
    '--price <grade=won>',
    "a grade and its price; repeat for each; '' alone for none",
  ).argParser((word: string, before: EventPatch | undefined): EventPatch => {
    const earlier = before?.prices ?? [];
    return { prices: word === '' ? [] : read(shape.prices, [...earlier, price(word)]) };
  });
  return [...single, prices];
}

/** Shards are no ordinary setting: they are fixed within a line, so changing them begins a new one. */
export const shardsOption = () =>
  new Option('--shards <n>', `counters of the line, 1 (strict order) to ${shardsMax}`).argParser((word) =>
    read(shape.shards, whole(word)),
  );

/** All that the given flags change. Options of other names are passed over. */
export function patchOf(options: object): EventPatch {
  const names = new Set(settingOptions().map((option) => option.attributeName()));
  const patches = Object.entries(options).filter(([name]) => names.has(name));
  return Object.assign({}, ...patches.map(([, patch]) => patch));
}
