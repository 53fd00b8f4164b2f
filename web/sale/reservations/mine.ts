import { api } from '../../shared/addresses.ts';
import { type CatalogueEvent, catalogueEvent } from '../../shared/answers.ts';
import type { Voice } from '../../shared/mount.tsx';
import type { PagePorts } from '../../shared/page-ports.ts';
import { createPoller, type Next } from '../../shared/poller.ts';
import { requestSignedIn } from '../../shared/signed-in.ts';
import { mineAnswer, type RefundNow, type Reservation, reservation } from '../seats/answers.ts';
import { keptSale } from '../seats/keep.ts';

/** A buyer's reservations, newest first, and giving one back. */
export interface MineView {
  readonly phase: 'loading' | 'shown' | 'sign-in' | 'failed';
  readonly reservations: readonly Reservation[];
  readonly events: Readonly<Record<string, CatalogueEvent>>;
  /** Of this one it was asked whether to give it back. */
  readonly askedId: string | null;
  /** What that would come to, seat by seat; null: not known yet, or nothing is paid. */
  readonly refund: RefundNow | null;
  /** Seats of it that are to be given back. */
  readonly chosen: readonly string[];
  /** This one is being given back. */
  readonly busyId: string | null;
  readonly problem: { readonly id: string; readonly kind: MineProblem } | null;
  readonly clockOffsetMs: number;
}

export type MineProblem = 'lost' | 'not-settled' | 'not-refundable' | 'changed';

export interface Mine {
  view(): MineView;
  start(): void;
  wake(): void;
  lostNetwork(): void;
  /** Null: not this one after all. Of a paid one the server is asked what would be given back. */
  confirmCancel(id: string | null): Promise<void>;
  /** Chooses a seat to give back, or keeps it after all. */
  choose(seatId: string): void;
  cancel(id: string): Promise<void>;
  /** This tab holds its seats: only the holder can pay (E6). */
  isHeldHere(own: Reservation): boolean;
}

/** What the page and its parts show. */
export interface MineProps {
  readonly view: MineView;
  readonly mine: Pick<Mine, 'confirmCancel' | 'choose' | 'cancel' | 'wake' | 'isHeldHere'>;
  readonly nowMs: number;
  readonly voice: Voice;
}

/** While something is pending it may end by itself. */
const pendingPollMs = 10_000;
const failedPollMs = 5_000;
/** Names are an ornament: more events than this stay without one. */
const namesMax = 12;

export function createMine(ports: PagePorts, onChange: (view: MineView) => void): Mine {
  let view: MineView = {
    phase: 'loading',
    reservations: [],
    events: {},
    askedId: null,
    refund: null,
    chosen: [],
    busyId: null,
    problem: null,
    clockOffsetMs: 0,
  };
  const namedEvents = new Set<string>();
  const show = (change: Partial<MineView>) => {
    view = { ...view, ...change };
    onChange(view);
  };
  const poller = createPoller(ports, step, () => pendingPollMs * (0.8 + 0.4 * ports.dice()));

  async function step(): Promise<Next> {
    const answer = await requestSignedIn(ports, api.reservations, mineAnswer, { cache: 'no-store' });
    if (answer.kind === 'ok') {
      const { reservations, serverTimeMs } = answer.value;
      show({ phase: 'shown', reservations, clockOffsetMs: serverTimeMs - ports.nowMs() });
      for (const { eventId } of reservations) void readEventName(eventId);
      return reservations.some(isOpen) ? 'poll' : 'rest';
    }
    if (answer.kind === 'refused' && answer.code === 'NOT_SIGNED_IN') {
      show({ phase: 'sign-in' });
      return 'rest';
    }
    // What was shown stays on the page.
    if (view.phase === 'loading') show({ phase: 'failed' });
    return failedPollMs * (1 + ports.dice());
  }

  async function readEventName(eventId: string): Promise<void> {
    if (namedEvents.has(eventId) || namedEvents.size >= namesMax) return;
    namedEvents.add(eventId);
    const answer = await ports.request(api.event(eventId), catalogueEvent);
    if (answer.kind === 'ok') show({ events: { ...view.events, [eventId]: answer.value } });
  }

  async function confirmCancel(askedId: string | null, problem: MineProblem | null = null): Promise<void> {
    show({
      askedId,
      refund: null,
      chosen: [],
      problem: askedId === null || problem === null ? null : { id: askedId, kind: problem },
    });
    const own = view.reservations.find(({ reservationId }) => reservationId === askedId);
    if (askedId === null || own?.state !== 'confirmed') return;
    const answer = await requestSignedIn(ports, api.reservation(askedId), reservation, { cache: 'no-store' });
    if (view.askedId !== askedId) return;
    const refund = answer.kind === 'ok' ? answer.value.refund : undefined;
    if (refund === undefined) show({ askedId: null, problem: { id: askedId, kind: 'lost' } });
    else show({ refund, chosen: refund.seats.map(({ seatId }) => seatId) });
  }

  return {
    view: () => view,
    start: () => poller.plan(0),
    wake: () => poller.soon(),
    lostNetwork: () => {},
    isHeldHere: ({ eventId, reservationId }) =>
      keptSale(eventId, ports).hold()?.reservationId === reservationId,
    confirmCancel,
    choose(seatId) {
      const { chosen } = view;
      const isChosen = chosen.includes(seatId);
      show({ chosen: isChosen ? chosen.filter((own) => own !== seatId) : [...chosen, seatId] });
    },
    async cancel(id) {
      if (view.busyId !== null) return;
      const body = bodyOf(view);
      show({ busyId: id, askedId: null, problem: null });
      const answer = await requestSignedIn(ports, api.cancel(id), reservation, { method: 'POST', ...body });
      show({ busyId: null });
      if (answer.kind === 'ok') {
        const after = answer.value;
        return show({
          reservations: view.reservations.map((own) => (own.reservationId === id ? after : own)),
        });
      }
      if (answer.kind === 'refused' && answer.code === 'NOT_SIGNED_IN') return show({ phase: 'sign-in' });
      const kind = answer.kind === 'refused' ? (problems[answer.code] ?? 'lost') : 'lost';
      show({ problem: { id, kind } });
      // The question again, with the figures of now.
      if (kind === 'changed') await confirmCancel(id, kind);
      poller.soon();
    },
  };
}

/** May still change by itself. */
export const isOpen = ({ state }: Reservation) => state === 'pending' || state === 'claiming';

const problems: Readonly<Record<string, MineProblem>> = {
  CONFLICT: 'not-settled',
  NOT_REFUNDABLE: 'not-refundable',
  REFUND_CHANGED: 'changed',
};

export interface RefundSum {
  readonly paidKrw: number;
  readonly refundKrw: number;
}

/** What is given back for the chosen seats. */
export const refundOf = ({ seats }: RefundNow, chosen: readonly string[]): RefundSum =>
  seats
    .filter(({ seatId }) => chosen.includes(seatId))
    .reduce(
      (sum, seat) => ({
        paidKrw: sum.paidKrw + seat.paidKrw,
        refundKrw: sum.refundKrw + seat.refundKrw,
      }),
      { paidKrw: 0, refundKrw: 0 },
    );

/** Says which seats, and what the buyer was shown: the server does not give back less unasked. */
function bodyOf({ refund, chosen }: MineView): { readonly body?: object } {
  if (refund === null) return {};
  const { refundKrw } = refundOf(refund, chosen);
  const isWhole = refund.seats.every(({ seatId }) => chosen.includes(seatId));
  return { body: isWhole ? { refundKrw } : { seatIds: chosen, refundKrw } };
}
