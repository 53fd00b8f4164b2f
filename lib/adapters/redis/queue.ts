import { randomBytes } from 'node:crypto';
import { type QueueKeys, queueKeys } from '#contract/queue-keys.ts';
import { saleKeys } from '#contract/sale-keys.ts';
import type { Line } from '#core/line/ports.ts';
import type {
  OutboxStep,
  Queue,
  QueueLimit,
  QueuePolicy,
  QueueReply,
  TickReply,
  Visit,
} from '#core/queue/ports.ts';
import { scoreOf } from '#core/queue/score.ts';
import { Batcher } from './batcher.ts';
import type { RedisClient } from './connect.ts';
import {
  admitReply,
  decode,
  decodeVisits,
  drainReply,
  leaveReply,
  limitReply,
  outboxReply,
  shortenReply,
  sweepReply,
  toAdmissions,
} from './replies.ts';
import { defineScript, readLua, type Script } from './script.ts';

/** Keys of each script, in the order of its header (a test compares them). */
export const scriptKeys = {
  enter: ['waiting', 'parked', 'due', 'active', 'admitted', 'arrived', 'meta', 'outbox'],
  heartbeat: ['waiting', 'parked', 'due', 'active', 'admitted', 'meta', 'outbox'],
  admit: ['waiting', 'parked', 'due', 'active', 'admitted', 'meta', 'pace', 'outbox', 'arrived'],
  'drain-worker': ['meta'],
  'shorten-visit': ['active', 'admitted', 'meta', 'sale'],
  leave: ['waiting', 'parked', 'due', 'active'],
  sweep: ['waiting', 'parked', 'due', 'active', 'admitted', 'arrived', 'meta', 'pace', 'outbox'],
  limit: ['waiting', 'active', 'meta'],
  outbox: ['outbox', 'outboxLease', 'outboxDead'],
} as const satisfies Record<string, readonly (keyof QueueKeys | 'sale')[]>;
export type ScriptName = keyof typeof scriptKeys;

/** Lifetime of the keys of a line that no worker sweeps any more (closed, or of an older generation). */
const keysTtlMs = 2 * 24 * 60 * 60 * 1000;
/** Most lines whose keys and batches are kept: far more than are on sale at once. */
const linesMax = 2_000;

interface OpenLine {
  readonly keys: Readonly<Record<ScriptName, readonly string[]>>;
  readonly enter: Batcher<Visit, QueueReply>;
  readonly heartbeat: Batcher<Visit, QueueReply>;
}

interface QueueOptions {
  readonly policy: QueuePolicy;
  /** Unique name of a worker that ticks. @default - none, for a worker that never ticks */
  readonly workerId?: string;
  /** Returns the Lua source of a script; tests pass their own. */
  readonly readScript?: (name: `queue/${ScriptName}`) => string;
  /** A later reply counts as missing. @default - 1 s */
  readonly callTimeoutMs?: number | undefined;
}

/** The queue on Redis: one typed wrapper per script of lua/queue. */
export function createQueue(client: RedisClient, options: QueueOptions): Queue {
  const { policy, workerId = '', readScript = readLua, callTimeoutMs } = options;
  const define = (name: ScriptName): Script =>
    defineScript(client, name, scriptKeys[name].length, readScript(`queue/${name}`), callTimeoutMs);
  const scripts: Readonly<Record<ScriptName, Script>> = {
    enter: define('enter'),
    heartbeat: define('heartbeat'),
    admit: define('admit'),
    'drain-worker': define('drain-worker'),
    'shorten-visit': define('shorten-visit'),
    leave: define('leave'),
    sweep: define('sweep'),
    limit: define('limit'),
    outbox: define('outbox'),
  };
  const lines = new Map<string, OpenLine>();

  // An event is used many times in a row, as the same object until its next read.
  let last: { readonly line: Line; readonly open: OpenLine } | undefined;
  const open = (line: Line): OpenLine => {
    if (last?.line !== line) last = { line, open: find(line) };
    return last.open;
  };
  const find = (line: Line): OpenLine => {
    const id = `${line.eventId}#${line.generation}`;
    const known = lines.get(id);
    if (known !== undefined) return known;
    if (lines.size >= linesMax) lines.clear();
    const made = openLine(line);
    lines.set(id, made);
    return made;
  };

  const openLine = ({ eventId, generation }: Line): OpenLine => {
    const names = { ...queueKeys(eventId, generation), sale: saleKeys(eventId).sale };
    const pick = (name: ScriptName) => scriptKeys[name].map((key) => names[key]);
    const keys = {
      enter: pick('enter'),
      heartbeat: pick('heartbeat'),
      admit: pick('admit'),
      'drain-worker': pick('drain-worker'),
      'shorten-visit': pick('shorten-visit'),
      leave: pick('leave'),
      sweep: pick('sweep'),
      limit: pick('limit'),
      outbox: pick('outbox'),
    };
    const visits = async (name: 'enter' | 'heartbeat', args: (string | number)[]): Promise<QueueReply[]> =>
      decodeVisits(await scripts[name](keys[name], args), name);
    return {
      keys,
      enter: new Batcher((items) => visits('enter', enterArgs(policy, items))),
      heartbeat: new Batcher((items) => visits('heartbeat', heartbeatArgs(policy, items))),
    };
  };

  const totalsOf = (nowMs: number, inside: number, limit: number, waiting: number) => ({
    nowMs,
    inside,
    limit: limit < 0 ? null : limit,
    waiting,
  });

  const threshold = async (line: Line, set?: QueueLimit) => {
    const args = set === undefined ? ['', 0, 0] : [set.value, set.version, set.unpausedValue];
    const reply = await scripts.limit(open(line).keys.limit, args);
    const [code, nowMs, inside, limit, waiting] = decode(limitReply, reply, 'limit');
    return { isSuperseded: code === -1, totals: totalsOf(nowMs, inside, limit, waiting) };
  };

  return {
    poll: (kind, line, visit, onAnswer, onRefusal) => open(line)[kind].put(visit, onAnswer, onRefusal),
    enter: (line, visit) => open(line).enter.ask(visit),
    heartbeat: (line, visit) => open(line).heartbeat.ask(visit),

    async away(line, user) {
      const args = [user, policy.awayMs];
      const [code] = decode(
        shortenReply,
        await scripts['shorten-visit'](open(line).keys['shorten-visit'], args),
        'shorten-visit',
      );
      return code === 1 ? 'shortened' : code === 2 ? 'holds-seats' : 'not-inside';
    },

    async leave(line, user) {
      const [code] = decode(leaveReply, await scripts.leave(open(line).keys.leave, [user]), 'leave');
      return code === 2 ? 'inside' : code === 1 ? 'line' : 'nowhere';
    },

    async tick(line, limit, knownNewMarker = ''): Promise<TickReply> {
      const reply = await scripts.admit(open(line).keys.admit, [
        policy.tickMs,
        policy.batchMax,
        policy.claimTtlMs,
        limit?.value ?? '',
        limit?.version ?? 0,
        policy.coldWaitMs,
        nonce(),
        knownNewMarker,
        limit?.unpausedValue ?? 0,
        workerId,
        policy.tickGapMaxMs,
        policy.workerLostMs,
        policy.workerOutMs,
        limit?.readAfterMs ?? '',
        limit?.isConsistentRead === true ? 1 : 0,
      ]);
      const decoded = decode(admitReply, reply, 'admit');
      const [
        code,
        nowMs,
        inside,
        limitNow,
        waiting,
        ,
        passedOver,
        expired,
        warmAtMs,
        marker,
        arrived,
        ...pairs
      ] = decoded;
      return {
        kind: code === 0 ? 'already-ran' : code === 1 ? 'ticked' : 'cold',
        totals: totalsOf(nowMs, inside, limitNow, waiting),
        admitted: toAdmissions(pairs) ?? [],
        passedOver,
        expired,
        warmAtMs,
        marker,
        arrived,
      };
    },

    async drainWorker(line) {
      decode(
        drainReply,
        await scripts['drain-worker'](open(line).keys['drain-worker'], [workerId]),
        'drain-worker',
      );
    },

    setThreshold: (line, limit) => threshold(line, limit),
    readThreshold: (line) => threshold(line),

    async sweep(line, countMax) {
      const reply = await scripts.sweep(open(line).keys.sweep, [policy.forgetMs, countMax, keysTtlMs]);
      const [, checked, forgotten] = decode(sweepReply, reply, 'sweep');
      return { checked, forgotten };
    },

    async relay(line, relay, done, { countMax, leaseMs }): Promise<OutboxStep> {
      const reply = await scripts.outbox(open(line).keys.outbox, [
        relay,
        leaseMs,
        countMax,
        done.delivered.length,
        ...done.delivered,
        ...done.bad,
      ]);
      const [code, left, entries] = decode(outboxReply, reply, 'outbox');
      return {
        isMine: code === 1,
        left,
        entries: entries.map(([id, pairs]) => ({ id, admissions: toAdmissions(pairs) })),
      };
    },
  };
}

/** Unique per call, so that admission ids need no counter that a loss of Redis could set back. */
const nonce = (): string => {
  calls += 1;
  return processNonce + calls.toString(36).padStart(4, '0');
};
const processNonce = randomBytes(6).toString('base64url');
let calls = 0;

function enterArgs(policy: QueuePolicy, visits: readonly Visit[]): (string | number)[] {
  const visitors: (string | number)[] = [];
  for (const { user, pass, admissionId = '' } of visits)
    visitors.push(
      user,
      pass?.requestId ?? '',
      pass === undefined ? '' : scoreOf(pass.position).toString(),
      admissionId,
    );
  return [
    policy.activeTtlMs,
    policy.stayMaxMs,
    policy.tickMs,
    policy.batchMax,
    nonce(),
    policy.pollGraceMs,
    JSON.stringify(visitors),
  ];
}

function heartbeatArgs(policy: QueuePolicy, visits: readonly Visit[]): (string | number)[] {
  const visitors: string[] = [];
  for (const { user, admissionId = '' } of visits) visitors.push(user, admissionId);
  return [policy.activeTtlMs, policy.stayMaxMs, policy.pollGraceMs, JSON.stringify(visitors)];
}
