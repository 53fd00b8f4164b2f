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
import type { RetryDelays } from '#core/sale/payment-life.ts';
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
  /** Sends at most 10 events and returns their reservationEventId. Never throws: ids in neither set may be sent again. */
  publish(events: readonly ReservationEvent[]): Promise<SentMessages>;
}

/** Returns the seconds until the next request is allowed; 0: allowed now. */
interface SalesLimiter {
  take(routeClass: SalesRouteClass, user: string, address: string): Promise<number>;
  takeWebhook(address: string): number;
}

/** The provider's page. */
interface CheckoutSettings {
  /** The sandbox's page; undefined: the page opens the provider's own window. */
  readonly checkoutUrl: string | undefined;
  readonly clientKey: string;
}

/** Lengths of holds, and periods of the rounds. */
export interface SaleTimings {
  readonly holdMs: number;
  readonly holdMsMax: number;
  /** Period of ending overdue reservations. */
  readonly sweepMs: number;
  /** Period of sending the outcomes of sales. */
  readonly publishMs: number;
  /** Period of looking for unfinished payments; `retryDelays` decides when each of them is tried. */
  readonly reconcileMs: number;
  readonly retryDelays: RetryDelays;
  /** Period of checking whether Redis is due for comparison with DynamoDB (once per minute and event). */
  readonly repairMs: number;
  readonly soldOutMs: number;
}

export interface SeatLockDeps extends VisitorDeps {
  readonly events: Pick<EventStore, 'get' | 'listLive' | 'update'>;
  readonly queue: Pick<Queue, 'heartbeat' | 'leave'>;
  readonly holds: RedisHolds;
  readonly reservations: DurableReservations;
  readonly payments: PaymentStore & Outbox<Payment>;
  readonly seats: SeatStore & SeatOwners;
  readonly accountSeats: AccountSeatStore;
  readonly sales: Pick<SalesStore, 'get' | 'hasSoldOutMark' | 'setSoldOutMark'>;
  readonly provider: PaymentProvider;
  readonly publisher: ReservationPublisher;
  readonly limiter: SalesLimiter;
  readonly telemetry: Telemetry;
  /** Unique name of this worker. */
  readonly workerId: string;
  readonly forwardedHops: number;
  /** Address of this site in browsers; the buyer returns to it from the provider's page. */
  readonly siteUrl: string;
  readonly checkout: CheckoutSettings;
  /** Key of the provider's signatures; undefined: there is none, so every webhook is refused. */
  readonly webhookSecret: () => Promise<string | undefined>;
  readonly timings: SaleTimings;
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

/** Returns the ports that the rules need. */
export function portsOf(deps: SeatLockDeps): ReservePorts & PaymentPorts {
  const { holds, reservations, payments, seats, accountSeats, provider, nowMs, random } = deps;
  const { retryDelays } = deps.timings;
  return {
    clock: { nowMs },
    holds,
    reservations,
    payments,
    seats,
    accountSeats,
    provider,
    retryDelays,
    random,
  };
}
