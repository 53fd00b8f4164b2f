import { mineAnswer, type Reservation, reservation } from '../seats/answers.ts';
import { keptSale } from '../seats/keep.ts';
import { api } from '../shared/addresses.ts';
import { type CatalogueEvent, catalogueEvent } from '../shared/answers.ts';
import { createPoller, type Next } from '../shared/poller.ts';
import { askSignedIn } from '../shared/signed-in.ts';
import type { World } from '../shared/world.ts';

/** A buyer's reservations, newest first, and giving one back. */
export interface MineView {
  readonly phase: 'loading' | 'shown' | 'sign-in' | 'failed';
  readonly reservations: readonly Reservation[];
  readonly events: Readonly<Record<string, CatalogueEvent>>;
  /** Of this one it was asked whether to give it back. */
  readonly askedId: string | null;
  /** This one is being given back. */
  readonly busyId: string | null;
  readonly problem: { readonly id: string; readonly kind: 'lost' | 'not-settled' } | null;
  readonly clockOffsetMs: number;
}

export interface Mine {
  view(): MineView;
  start(): void;
  wake(): void;
  lostNetwork(): void;
  /** Null: not this one after all. */
  ask(id: string | null): void;
  cancel(id: string): Promise<void>;
  /** This tab holds its seats: only the holder can pay (E6). */
  isHeldHere(own: Reservation): boolean;
}

/** While something is pending it may end by itself. */
const pendingPollMs = 10_000;
const failedPollMs = 5_000;
/** Names are an ornament: more events than this stay without one. */
const namesMax = 12;

export function createMine(world: World, onChange: (view: MineView) => void): Mine {
  let view: MineView = {
    phase: 'loading',
    reservations: [],
    events: {},
    askedId: null,
    busyId: null,
    problem: null,
    clockOffsetMs: 0,
  };
  const named = new Set<string>();
  const show = (change: Partial<MineView>) => {
    view = { ...view, ...change };
    onChange(view);
  };
  const poller = createPoller(world, step, () => pendingPollMs * (0.8 + 0.4 * world.dice()));

  async function step(): Promise<Next> {
    const answer = await askSignedIn(world, api.reservations, mineAnswer, { cache: 'no-store' });
    if (answer.kind === 'ok') {
      const { reservations, serverTimeMs } = answer.value;
      show({ phase: 'shown', reservations, clockOffsetMs: serverTimeMs - world.nowMs() });
      for (const { eventId } of reservations) void name(eventId);
      return reservations.some(isOpen) ? 'poll' : 'rest';
    }
    if (answer.kind === 'refused' && answer.code === 'NOT_SIGNED_IN') {
      show({ phase: 'sign-in' });
      return 'rest';
    }
    // What was shown stays on the page.
    if (view.phase === 'loading') show({ phase: 'failed' });
    return failedPollMs * (1 + world.dice());
  }

  async function name(eventId: string): Promise<void> {
    if (named.has(eventId) || named.size >= namesMax) return;
    named.add(eventId);
    const answer = await world.ask(api.event(eventId), catalogueEvent);
    if (answer.kind === 'ok') show({ events: { ...view.events, [eventId]: answer.value } });
  }

  return {
    view: () => view,
    start: () => poller.plan(0),
    wake: () => poller.soon(),
    lostNetwork: () => {},
    isHeldHere: ({ eventId, reservationId }) =>
      keptSale(eventId, world).hold()?.reservationId === reservationId,
    ask: (askedId) => show({ askedId, problem: null }),
    async cancel(id) {
      if (view.busyId !== null) return;
      show({ busyId: id, askedId: null, problem: null });
      const answer = await askSignedIn(world, api.cancel(id), reservation, { method: 'POST' });
      show({ busyId: null });
      if (answer.kind === 'ok') {
        const after = answer.value;
        return show({
          reservations: view.reservations.map((own) => (own.reservationId === id ? after : own)),
        });
      }
      if (answer.kind === 'refused' && answer.code === 'NOT_SIGNED_IN') return show({ phase: 'sign-in' });
      const isUnsettled = answer.kind === 'refused' && answer.code === 'CONFLICT';
      show({ problem: { id, kind: isUnsettled ? 'not-settled' : 'lost' } });
      poller.soon();
    },
  };
}

/** May still change by itself. */
export const isOpen = ({ state }: Reservation) => state === 'pending' || state === 'claiming';
