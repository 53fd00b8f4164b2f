import { api } from '../../shared/addresses.ts';
import { type CatalogueEvent, catalogueEvent } from '../../shared/answers.ts';
import type { Voice } from '../../shared/mount.tsx';
import type { PagePorts } from '../../shared/page-ports.ts';
import { createPoller, type Next } from '../../shared/poller.ts';
import { requestSignedIn } from '../../shared/signed-in.ts';
import { mineAnswer, type RefundNow, type Reservation, reservation } from '../seats/answers.ts';
import { keptSale } from '../seats/keep.ts';

/** A buyer's reservations, newest first, and the cancellation of one. */
export interface MineView {
  readonly phase: 'loading' | 'shown' | 'sign-in' | 'failed';
  readonly reservations: readonly Reservation[];
  readonly events: Readonly<Record<string, CatalogueEvent>>;
  /** The reservation whose confirmation is open. */
  readonly confirmingId: string | null;
  /** Its refund, seat by seat; null: not known yet, or nothing is paid. */
  readonly refund: RefundNow | null;
  /** The seats of it that the buyer cancels. */
  readonly chosen: readonly string[];
  /** The reservation whose cancellation is under way. */
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
  /** Opens the confirmation, with the refund if the reservation is paid. Null closes it. */
  confirmCancel(id: string | null): Promise<void>;
  /** Adds a seat to the cancellation, or removes it. */
  choose(seatId: string): void;
  cancel(id: string): Promise<void>;
  /** Only the tab that holds the seats knows the fence, and so can pay (E6). */
  isHeldHere(own: Reservation): boolean;
}

export interface MineProps {
  readonly view: MineView;
  readonly mine: Pick<Mine, 'confirmCancel' | 'choose' | 'cancel' | 'wake' | 'isHeldHere'>;
  readonly nowMs: number;
  readonly voice: Voice;
}

/** A pending reservation may be paid in another tab or expire, so the list is polled; once decided, it is not. */
const pendingPollMs = 10_000;
const failedPollMs = 5_000;
/** One request per name: the rest of a long list shows the event id instead. */
const namesMax = 12;

export function createMine(ports: PagePorts, onChange: (view: MineView) => void): Mine {
  let view: MineView = {
    phase: 'loading',
    reservations: [],
    events: {},
    confirmingId: null,
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
    // A list that is on the page stays there through an outage.
    if (view.phase === 'loading') show({ phase: 'failed' });
    return failedPollMs * (1 + ports.dice());
  }

  async function readEventName(eventId: string): Promise<void> {
    if (namedEvents.has(eventId) || namedEvents.size >= namesMax) return;
    namedEvents.add(eventId);
    const answer = await ports.request(api.event(eventId), catalogueEvent);
    if (answer.kind === 'ok') show({ events: { ...view.events, [eventId]: answer.value } });
  }

  async function confirmCancel(
    confirmingId: string | null,
    problem: MineProblem | null = null,
  ): Promise<void> {
    show({
      confirmingId,
      refund: null,
      chosen: [],
      problem: confirmingId === null || problem === null ? null : { id: confirmingId, kind: problem },
    });
    const own = view.reservations.find(({ reservationId }) => reservationId === confirmingId);
    if (confirmingId === null || own?.state !== 'confirmed') return;
    const answer = await requestSignedIn(ports, api.reservation(confirmingId), reservation, {
      cache: 'no-store',
    });
    // The buyer has closed the confirmation, or opened another, while the answer was under way.
    if (view.confirmingId !== confirmingId) return;
    const refund = answer.kind === 'ok' ? answer.value.refund : undefined;
    if (refund === undefined) show({ confirmingId: null, problem: { id: confirmingId, kind: 'lost' } });
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
      show({ busyId: id, confirmingId: null, problem: null });
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
      // The confirmation opens again with the present figures, so that the buyer agrees to them.
      if (kind === 'changed') await confirmCancel(id, kind);
      poller.soon();
    },
  };
}

/** Its state may still change without the buyer. */
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

/** The price of the chosen seats and their refund. */
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

/** The seats, and the refund that the buyer was shown: the server refuses to refund less than that. */
function bodyOf({ refund, chosen }: MineView): { readonly body?: object } {
  if (refund === null) return {};
  const { refundKrw } = refundOf(refund, chosen);
  const isWhole = refund.seats.every(({ seatId }) => chosen.includes(seatId));
  return { body: isWhole ? { refundKrw } : { seatIds: chosen, refundKrw } };
}
