import { InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { eventSchema, lineModeSchema, shardsMax, type UrrEvent } from '#contract/event.ts';
import type { EventPatch } from '#core/events/ports.ts';

/** One flag of `event create` and `event set`, and its change of the event. */
interface Setting {
  readonly flag: string;
  readonly about: string;
  /** @throws InvalidArgumentError with the allowed values */
  readonly toPatch: (word: string) => EventPatch;
}

const { shape } = eventSchema;

/** Parses a word with the event's own schema, so that the command line allows the same values as the table. */
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
  if (at < 1) throw new InvalidArgumentError('it must be GRADE=WON, for example R=99000.');
  return { grade: word.slice(0, at), amountKrw: whole(word.slice(at + 1)) };
}

/** An empty word removes an optional attribute. */
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
    about: "venue in Korean; '' removes it",
    toPatch: (word) => ({ venueKo: orGone(word, (text) => read(shape.venueKo, text)) }),
  },
  {
    flag: '--venue-en <text>',
    about: "venue in English; '' removes it",
    toPatch: (word) => ({ venueEn: orGone(word, (text) => read(shape.venueEn, text)) }),
  },
  {
    flag: '--message-ko <text>',
    about: "message to waiting visitors, in Korean; '' removes it",
    toPatch: (word) => ({ messageKo: orGone(word, (text) => read(shape.messageKo, text)) }),
  },
  {
    flag: '--message-en <text>',
    about: "message to waiting visitors, in English; '' removes it",
    toPatch: (word) => ({ messageEn: orGone(word, (text) => read(shape.messageEn, text)) }),
  },
  {
    flag: '--draft <on|off>',
    about: 'on: visitors cannot see the event; off publishes it unchanged',
    toPatch: (word) => ({ isDraft: onOff(word) }),
  },
  {
    flag: '--active <on|off>',
    about: 'waiting room on; off: every visitor passes without waiting',
    toPatch: (word) => ({ isActive: onOff(word) }),
  },
  {
    flag: '--sold-out <on|off>',
    about: 'on: no visitor is called, and the pages show that the event is sold out',
    toPatch: (word) => ({ isSoldOut: onOff(word) }),
  },
  {
    flag: '--mode <mode>',
    about: 'tiers in use: both, waiting-room or queue',
    toPatch: (word) => ({ mode: read(lineModeSchema, word) }),
  },
  {
    flag: '--rate <people>',
    about: 'most visitors called per minute',
    toPatch: (word) => ({ ratePerMinute: read(shape.ratePerMinute, whole(word)) }),
  },
  {
    flag: '--claim-window <seconds>',
    about: 'time in which a called visitor must come; a missed call is repeated once',
    toPatch: (word) => ({ claimWindowSeconds: read(shape.claimWindowSeconds, whole(word)) }),
  },
  {
    flag: '--threshold <people>',
    about: 'most shoppers inside at a time',
    toPatch: (word) => ({ threshold: read(shape.threshold, whole(word)) }),
  },
  {
    flag: '--require-sign-in <on|off>',
    about: 'on: visitors sign in before they join, and an account has one place',
    toPatch: (word) => ({ requiresSignIn: onOff(word) }),
  },
  {
    flag: '--opens-at <time>',
    about: "no visitor is called before, for example 2026-12-24T20:00:00+09:00; '' removes it",
    toPatch: (word) => ({ opensAt: orGone(word, (text) => read(shape.opensAt, text)) }),
  },
  {
    flag: '--starts-at <time>',
    about: "start of the show; '' removes it",
    toPatch: (word) => ({ startsAt: orGone(word, (text) => read(shape.startsAt, text)) }),
  },
  {
    flag: '--seats-per-order <seats>',
    about: 'most seats in one order',
    toPatch: (word) => ({ seatsPerOrder: read(shape.seatsPerOrder, whole(word)) }),
  },
  {
    flag: '--seats-per-account <seats>',
    about: "most seats of one account over all its orders; '' for the limit of one order",
    toPatch: (word) => ({
      seatsPerAccount: orGone(word, (seats) => read(shape.seatsPerAccount, whole(seats))),
    }),
  },
  {
    flag: '--sales-end-at <time>',
    about: "end of the sale, after which no purchase starts; '' for the start of the show",
    toPatch: (word) => ({ salesEndAt: orGone(word, (text) => read(shape.salesEndAt, text)) }),
  },
  {
    flag: '--refund-policy <steps>',
    about:
      "fees as DAYS:PERCENT before the show, '10:0, 7:10, 3:20, 1:30'; 'booking-day' in front for no fee on the day of the purchase; 'none' for no refunds; '' for no fee until the show starts",
    toPatch: (word) => ({ refundPolicy: orGone(word, (text) => read(shape.refundPolicy, text)) }),
  },
  {
    flag: '--refund-until <time>',
    about: "no refund after this time; '' removes it",
    toPatch: (word) => ({ refundUntil: orGone(word, (text) => read(shape.refundUntil, text)) }),
  },
];

/** Returns the flags as commander's options. Each value is a patch; of a repeated flag commander keeps the last. */
export function settingOptions(): Option[] {
  const single = settings.map(({ flag, about, toPatch }) => new Option(flag, about).argParser(toPatch));
  const prices = new Option(
    '--price <grade=won>',
    "a grade and its price; repeat it for each grade; '' alone removes all",
  ).argParser((word: string, before: EventPatch | undefined): EventPatch => {
    const earlier = before?.prices ?? [];
    return { prices: word === '' ? [] : read(shape.prices, [...earlier, price(word)]) };
  });
  return [...single, prices];
}

/** Shards are a separate option: they are fixed within a line, so a change starts a new line. */
export const shardsOption = () =>
  new Option(
    '--shards <n>',
    `counters of the line, 1 (strict order) to ${shardsMax}; fixed after the first join`,
  ).argParser((word) => read(shape.shards, whole(word)));

/** Returns the changes of the given flags. Options with other names are ignored. */
export function patchOf(options: object): EventPatch {
  const names = new Set(settingOptions().map((option) => option.attributeName()));
  const patches = Object.entries(options).filter(([name]) => names.has(name));
  return Object.assign({}, ...patches.map(([, patch]) => patch));
}
