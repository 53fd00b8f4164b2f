/** CloudWatch metrics: emitted by the functions and workers; the stacks set alarms on them. */
export const metricsNamespace = 'URR';
export const metrics = {
  joins: 'Joins',
  passes: 'Passes',
  cycleFailures: 'CycleFailures',
  cyclesLost: 'CyclesLost',
  called: 'Called',
  capacityStale: 'CapacityStale',
  eventItemInvalid: 'EventItemInvalid',
  /** Stored items that were skipped because known attributes are invalid: each once per minute and process. */
  itemUnreadable: 'ItemUnreadable',
  edgeConfigPublished: 'EdgeConfigPublished',
  /** A refresh token was used twice: a stolen cookie, or a browser restored from a backup. */
  refreshReused: 'RefreshReused',
  /** Visitors admitted by ticks of the queue. */
  admitted: 'Admitted',
  /** The queue's Redis did not respond to a tick. */
  queueUnavailable: 'QueueUnavailable',
  /** A queue that lost its data: nobody is admitted while shoppers inside register again. */
  queueCold: 'QueueCold',
  /** Admission events that SQS did not accept; they stay in the outbox. */
  outboxRefused: 'OutboxRefused',
  /** Admission events set aside because they can never be delivered. */
  outboxDead: 'OutboxDead',
  /** Entries waiting in outboxes, per round. */
  outboxWaiting: 'OutboxWaiting',
  /** Admission events with an invalid schema. */
  admissionEventInvalid: 'AdmissionEventInvalid',
  /** Reservations that became pending. */
  reserved: 'Reserved',
  /** Payments confirmed by the buyer's own request. */
  sales: 'Sales',
  /** Reservations expired by the sweeper. */
  reservationsExpired: 'ReservationsExpired',
  /** Payments finished by the reconciler. */
  paymentsReconciled: 'PaymentsReconciled',
  /** Payments that the reconciler could not finish, because the provider is unavailable or for another error. */
  paymentStuck: 'PaymentStuck',
  /** Refunds that the provider refuses permanently; an operator has to decide. */
  refundRefused: 'RefundRefused',
  /** Webhooks that do not come from the provider. */
  webhookRefused: 'WebhookRefused',
  /** Rebuilds of seats from DynamoDB after Redis lost its data. */
  seatsRebuilt: 'SeatsRebuilt',
  /** The seats' Redis did not respond. */
  seatsUnavailable: 'SeatsUnavailable',
  /** Overdue reservations that the sweeper could not expire. */
  reservationStuck: 'ReservationStuck',
  /** Reservation events that SQS did not accept; they stay in the outbox. */
  salesOutboxRefused: 'SalesOutboxRefused',
  /** Reservation events with an invalid schema. */
  reservationEventInvalid: 'ReservationEventInvalid',
} as const;
export type MetricName = (typeof metrics)[keyof typeof metrics];
