import { z } from 'zod';
import {
  holdsPerWindowMax,
  holdWindowMs,
  type SaleKeys,
  saleKeys,
  snapshotSeatsMax,
} from '#contract/sale-keys.ts';
import { UrrError } from '#core/errors.ts';
import type {
  HintedOwner,
  Hold,
  HoldOutcome,
  HoldStore,
  SeatHintStore,
  SeatHolder,
} from '#core/sale/ports.ts';
import type { RedisClient } from './connect.ts';
import { decode } from './replies.ts';
import { defineScript, readLua, type Script } from './script.ts';

/** Keys of each script, in the order of its header (a test compares them). */
export const holdScriptKeys = {
  hold: ['seats', 'sale'],
  extend: ['seats', 'sale'],
  release: ['seats', 'sale'],
  'mark-sold': ['seats', 'sale'],
  snapshot: ['seats', 'sale'],
  'read-owners': ['seats'],
  restore: ['seats', 'sale'],
  'begin-rebuild': ['rebuild'],
  'finish-rebuild': ['sale', 'rebuild'],
} as const satisfies Record<string, readonly (keyof SaleKeys)[]>;
export type HoldScriptName = keyof typeof holdScriptKeys;

/** Lifetime of the sale's keys after their last use: refunds come late. */
const keysTtlMs = 7 * 24 * 60 * 60 * 1000;

const int = z.int();
const holdReply = z.union([
  z.tuple([z.literal(0), int, z.string().regex(/^\d{1,16}$/)]),
  z.tuple([z.literal(1), int], z.union([int, z.string()])),
  z.tuple([z.literal(-1), int, z.string().regex(/^[0-9a-f]+$/)]),
  z.tuple([z.union([z.literal(-2), z.literal(-3)]), int, int]),
]);
const extendReply = z.tuple([z.union([z.literal(0), z.literal(-1)])]);
const doneReply = z.tuple([z.literal(0), int]);
const snapshotReply = z.tuple([
  z.union([z.literal(0), z.literal(-1)]),
  int,
  int,
  z.string().regex(/^[012]*$/),
  int,
]);
const ownersReply = z.tuple([z.literal(0)], z.string());
const turnReply = z.tuple([z.union([z.literal(0), z.literal(1)]), z.string().min(1)]);
const seatValue = /^(\d+):(\d+):(.+)$/;

export interface RedisHolds extends HoldStore, SeatHintStore {}

/** A worker that rebuilds a server has finished or died after this time; another worker then takes over. */
const rebuildLeaseMs = 15_000;
/** Least time between two comparisons of DynamoDB and Redis, over all workers. */
const repairEveryMs = 60_000;

interface HoldsOptions {
  /** Raises the event's durable epoch (DynamoDB) and returns it. */
  readonly raiseEpoch: (eventId: string) => Promise<number>;
  /** Returns the Lua source of a script; tests pass their own. */
  readonly readScript?: (name: `sale/${HoldScriptName}`) => string;
  /** A later reply counts as missing. @default - 1 s */
  readonly callTimeoutMs?: number | undefined;
}

/** Holds in Redis. @throws UrrError UNAVAILABLE when Redis is unavailable: the step may or may not have happened. */
export function createHolds(
  client: RedisClient,
  { raiseEpoch, readScript = readLua, callTimeoutMs }: HoldsOptions,
): RedisHolds {
  const scripts = Object.fromEntries(
    Object.entries(holdScriptKeys).map(([name, keys]) => [
      name,
      defineScript(client, name, keys.length, readScript(`sale/${name as HoldScriptName}`), callTimeoutMs),
    ]),
  ) as Record<HoldScriptName, Script>;
  const keysOf = (eventId: string, name: HoldScriptName) => {
    const keys = saleKeys(eventId);
    return holdScriptKeys[name].map((key) => keys[key]);
  };

  const tryHold = async (hold: Hold, epoch: string) => {
    const { eventId, expiresAtMs, reservationId, userId, seatIds } = hold;
    const args = [
      epoch,
      expiresAtMs,
      reservationId,
      buyer(userId),
      holdsPerWindowMax,
      holdWindowMs,
      ...seatIds,
    ];
    return decode(holdReply, await scripts.hold(keysOf(eventId, 'hold'), args), 'hold');
  };

  return {
    async hold(hold): Promise<HoldOutcome> {
      let reply = await tryHold(hold, '');
      // An epoch is used once, for the server that requested it. A repeat after a lost reply raises another one, so an epoch
      // never serves two servers, or a later server.
      if (reply[0] === -1) reply = await tryHold(hold, `${await raiseEpoch(hold.eventId)}:${reply[2]}`);
      if (reply[0] === -1)
        throw new UrrError('UNAVAILABLE', 'the seat map is being rebuilt; please try again', {
          retryAfterSeconds: 1,
        });
      if (reply[0] === 0) return { outcome: 'held', fence: Number(reply[2]) };
      if (reply[0] === 1) return { outcome: 'taken', owners: ownersOf(hold, reply.slice(2)) };
      const retryAfterSeconds = Math.max(1, Math.ceil(reply[2] / 1000));
      return { outcome: reply[0] === -2 ? 'cooling-down' : 'too-many', retryAfterSeconds };
    },

    async extend({ eventId, reservationId, fence, userId, seatIds }: SeatHolder, expiresAtMs) {
      const args = [expiresAtMs, reservationId, fence, buyer(userId), ...seatIds];
      const [code] = decode(extendReply, await scripts.extend(keysOf(eventId, 'extend'), args), 'extend');
      return code === 0;
    },

    async release({ eventId, reservationId, userId, seatIds }) {
      const args = [reservationId, buyer(userId), ...seatIds];
      decode(doneReply, await scripts.release(keysOf(eventId, 'release'), args), 'release');
    },

    async markSold({ eventId, reservationId, fence, userId, seatIds }) {
      const args = [reservationId, fence, buyer(userId), ...seatIds];
      decode(doneReply, await scripts['mark-sold'](keysOf(eventId, 'mark-sold'), args), 'mark-sold');
    },

    async snapshot(eventId, seatIds) {
      if (seatIds.length > snapshotSeatsMax) {
        throw new UrrError(
          'INTERNAL',
          `a snapshot has at most ${snapshotSeatsMax} seats, not ${seatIds.length}`,
        );
      }
      const reply = await scripts.snapshot(keysOf(eventId, 'snapshot'), [keysTtlMs, ...seatIds]);
      const [code, nowMs, version, digits, earliestEndMs] = decode(snapshotReply, reply, 'snapshot');
      return { isComplete: code === 0, nowMs, version, digits, earliestEndMs };
    },

    async owners(eventId, seatIds) {
      if (seatIds.length === 0) return [];
      const reply = await scripts['read-owners'](
        keysOf(eventId, 'read-owners'),
        seatIds.slice(0, snapshotSeatsMax),
      );
      const [, ...values] = decode(ownersReply, reply, 'read-owners');
      return values.flatMap((value, index) => (value === '' ? [] : [ownerOf(seatIds[index], value)]));
    },

    async restore({ eventId, reservationId, fence, userId, seatIds }, endMs) {
      const args = [endMs, reservationId, fence, buyer(userId), ...seatIds];
      decode(doneReply, await scripts.restore(keysOf(eventId, 'restore'), args), 'restore');
    },

    async takeTurn(eventId, turn, worker) {
      const args = [worker, turn === 'rebuild' ? rebuildLeaseMs : repairEveryMs];
      const reply = await scripts['begin-rebuild']([saleKeys(eventId)[turn]], args);
      const [code, server] = decode(turnReply, reply, 'begin-rebuild');
      return code === 0 ? server : undefined;
    },

    async finishRebuild(eventId, server, worker) {
      const reply = await scripts['finish-rebuild'](keysOf(eventId, 'finish-rebuild'), [server, worker]);
      return decode(extendReply, reply, 'finish-rebuild')[0] === 0;
    },
  };
}

/** Parses pairs of seat index and value, as lua/sale/hold.lua returns them. */
function ownersOf(hold: Hold, pairs: readonly (string | number)[]): HintedOwner[] {
  return Array.from({ length: pairs.length / 2 }, (_, index) =>
    ownerOf(hold.seatIds[Number(pairs[2 * index]) - 1], String(pairs[2 * index + 1])),
  );
}

function ownerOf(seatId: string | undefined, value: string): HintedOwner {
  const [, ends, fence, reservationId] = seatValue.exec(value) ?? [];
  if (seatId === undefined || reservationId === undefined) {
    throw new UrrError('INTERNAL', 'a reply of hold contains an unknown seat or value');
  }
  return { seatId, reservationId, fence: Number(fence), isSold: ends === '0' };
}

/** Returns the hash field of an account, which never equals one of the hash's own fields. */
const buyer = (userId: string) => `u.${userId}`;
