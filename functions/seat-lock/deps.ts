import type { SalesStore } from '#adapters/dynamodb/sale/layouts.ts';
import type { Outbox } from '#adapters/dynamodb/sale/outbox.ts';
import type { DurableReservations } from '#adapters/dynamodb/sale/reservations.ts';
import type { RedisHolds } from '#adapters/redis/holds.ts';
import type { SentMessages } from '#adapters/sqs/fifo-sender.ts';
import type { ReservationEvent } from '#contract/reservation-event.ts';
import type { Payment } from '#contract/sale.ts';
import type { SalesRouteClass } from '#core/access/rate-limits.ts';
import type { EventStore } from '#core/events/ports.ts';
import type { Queue } from '#core/queue/ports.ts';
import type { PaymentPorts } from '#core/sale/payment.ts';
import type { Pace } from '#core/sale/payment-life.ts';
import type {
  AccountSeatStore,
  PaymentProvider,
  PaymentStore,
  SeatOwners,
  SeatStore,
} from '#core/sale/ports.ts';
import type { ReservePorts } from '#core/sale/reserve.ts';
import type { Telemetry } from '../shared/telemetry.ts';
import type { VisitorDeps } from '../worker-runtime/visitor.ts';

export interface ReservationPublisher {
  /** At most 10; answers by contract's reservationEventId. Never throws: what is in neither set may be tried again. */
  publish(events: readonly ReservationEvent[]): Promise<SentMessages>;
}

/** Seconds to wait before the next request; 0: go on. */
export interface SalesLimiter {
  take(routeClass: SalesRouteClass, user: string, address: string): Promise<number>;
  takeWebhook(address: string): number;
}

/** Where the buyer goes to pay. */
export interface CheckoutSettings {
  /** The sandbox's page; undefined: the page opens the provider's own window. */
  readonly checkoutUrl: string | undefined;
  readonly clientKey: string;
}

/** How long things last, and how often they are looked at. */
export interface SaleTimings {
  readonly holdMs: number;
  readonly holdMsMax: number;
  /** Overdue reservations are ended this often. */
  readonly sweepMs: number;
  /** What became of sales is told this often. */
  readonly publishMs: number;
  /** Payments that nobody drives are looked for this often; each has a turn of its own by `pace`. */
  readonly reconcileMs: number;
  readonly pace: Pace;
  /** Somebody looks this often whether it is time to compare Redis with durable storage (once a minute and event). */
  readonly repairMs: number;
  readonly soldOutMs: number;
}

export interface SeatLockDeps extends VisitorDeps {
  readonly events: Pick<EventStore, 'get' | 'listLive' | 'update'>;
  readonly queue: Pick<Queue, 'ask' | 'leave'>;
  readonly holds: RedisHolds;
  readonly reservations: DurableReservations;
  readonly payments: PaymentStore & Outbox<Payment>;
  readonly seats: SeatStore & SeatOwners;
  readonly accountSeats: AccountSeatStore;
  readonly sales: Pick<SalesStore, 'get' | 'saidSoldOut' | 'setSaidSoldOut'>;
  readonly provider: PaymentProvider;
  readonly publisher: ReservationPublisher;
  readonly limiter: SalesLimiter;
  readonly telemetry: Telemetry;
  /** Name of this worker, unique among all. */
  readonly workerId: string;
  readonly forwardedHops: number;
  /** Where browsers see this site; a buyer comes back there from the provider's page. */
  readonly siteUrl: string;
  readonly checkout: CheckoutSettings;
  /** Key of the provider's signatures; undefined: there is none, so no webhook is believed. */
  readonly webhookSecret: () => Promise<string | undefined>;
  readonly timings: SaleTimings;
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

/** What the rules need of all that. */
export function portsOf(deps: SeatLockDeps): ReservePorts & PaymentPorts {
  const { holds, reservations, payments, seats, accountSeats, provider, nowMs, random } = deps;
  const { pace } = deps.timings;
  return { clock: { nowMs }, holds, reservations, payments, seats, accountSeats, provider, pace, random };
}
