import { stripVTControlCharacters } from 'node:util';
import type { UrrEvent } from '#contract/event.ts';
import type { InvalidEvent } from '#core/events/ports.ts';
import { problemText } from '#core/events/problem-text.ts';
import { seatsPerAccountOf } from '#core/sale/account-seats.ts';
import { refundSteps } from '#core/sale/refund-terms.ts';
import type { EventReport, LiveList } from './event-commands.ts';
import type { LayoutReport } from './layout-commands.ts';

/** Removes control characters from an organizer's text before it reaches a terminal. */
export const printable = (value: unknown) =>
  stripVTControlCharacters(String(value)).replaceAll(/\p{Cc}/gu, ' ');

export function reportText({ event, state, line, invalid }: EventReport): string {
  const rows: [string, unknown][] = [
    ['! item', invalid && invalidText(invalid)],
    ['event', event.eventId],
    ['state', state],
    ['title', `${event.titleKo} / ${event.titleEn}`],
    ['line', `${line.joined} joined, ${line.called} called, ${line.waiting} waiting`],
    ['mode', event.mode],
    ['rate', `${event.ratePerMinute} per minute`],
    ['claim window', `${event.claimWindowSeconds} s`],
    ['shards', event.shards],
    ['generation', event.generation],
    ['threshold', `${event.threshold} shoppers inside`],
    ['sign-in', event.requiresSignIn ? 'required' : 'not required'],
    ['opens', event.opensAt],
    ['show', event.startsAt],
    ['venue', [event.venueKo, event.venueEn].filter((text) => text !== undefined).join(' / ') || undefined],
    [
      'message',
      [event.messageKo, event.messageEn].filter((text) => text !== undefined).join(' / ') || undefined,
    ],
    ['prices', event.prices.map(({ grade, amountKrw }) => `${grade} ₩${amountKrw}`).join(', ') || undefined],
    ['seats', `${event.seatsPerOrder} per order, ${seatsPerAccountOf(event)} per account`],
    ['sale ends', event.salesEndAt ?? (event.startsAt && `${event.startsAt}, when the show begins`)],
    ['refund', refundText(event)],
    ['last reset', event.resetAt && `${event.resetAt} by ${event.resetBy}: ${event.resetReason}`],
    ['changed', event.updatedAt],
  ];
  return rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.padEnd(13)}${printable(value)}`)
    .join('\n');
}

/** The policy and its steps in Korean time. */
function refundText(event: UrrEvent): string {
  const steps = refundSteps(event).map(
    ({ feePercent, untilMs }) =>
      `${feePercent}% until ${untilMs === null ? 'further notice' : koreanTime(untilMs)}`,
  );
  const policy = event.refundPolicy ?? 'no fee until the show begins';
  return `${policy} (${steps.join('; ') || 'no refund'})`;
}

const koreaMs = 9 * 60 * 60 * 1000;
const koreanTime = (atMs: number) =>
  `${new Date(atMs + koreaMs).toISOString().slice(0, 16).replace('T', ' ')} KST`;

/** Start of the problem, the state that the event runs on, and each unusable attribute. */
function invalidText({ problems, unusableSince, runsOn }: InvalidEvent): string {
  const since = unusableSince === undefined ? 'not usable' : `not usable since ${unusableSince}`;
  const running = runsOn === undefined ? 'the event does not run' : `running on the state of ${runsOn}`;
  return `${since}, ${running}: ${problems.map(problemText).join('; ')}`;
}

export function listText({ events, invalid, isTruncated }: LiveList): string {
  const rows = events.map(({ event, state }) => [
    event.eventId,
    state,
    `${event.ratePerMinute}/min`,
    `${event.titleKo} / ${event.titleEn}`,
  ]);
  const lines = columns(rows);
  const broken = invalid.map(
    (one) => `! ${printable(one.eventId ?? 'an item')}: ${printable(invalidText(one))}`,
  );
  const more = isTruncated ? ['… and more: the list is not complete'] : [];
  return [...lines, ...broken, ...more].join('\n') || 'no event is live; event create makes one';
}

export function layoutText({ layout, seats }: LayoutReport): string {
  const rows = layout.sections.map((section) => [
    section.id,
    section.kind === 'standing'
      ? `${section.capacity} standing`
      : `${section.rows.reduce((sum, row) => sum + row.seats, 0)} seats in ${section.rows.length} rows`,
    `${section.grade} ₩${section.priceKrw}`,
    `${section.name.ko} / ${section.name.en}`,
  ]);
  return [
    `${layout.eventId}: ${seats} seats, revision ${layout.revision}`,
    ...columns(rows).map((line) => `  ${line}`),
  ].join('\n');
}

/** Aligns the cells in columns; the last column is not padded. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(0, ...rows.map((row) => printable(row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => printable(cell).padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
