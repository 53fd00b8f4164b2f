/** CloudWatch metrics: emitted by the functions and workers, alarmed on by the stacks. Spelt once. */
export const metricsNamespace = 'URR';
export const metrics = {
  joins: 'Joins',
  passes: 'Passes',
  cycleFailures: 'CycleFailures',
  cyclesLost: 'CyclesLost',
  called: 'Called',
  capacityStale: 'CapacityStale',
  eventItemInvalid: 'EventItemInvalid',
  /** Stored items that were set aside because known attributes do not fit: each once a minute and process. */
  itemUnreadable: 'ItemUnreadable',
  edgeConfigPublished: 'EdgeConfigPublished',
  /** A refresh token came back after its use: a stolen cookie, or a browser restored from a backup. */
  refreshReused: 'RefreshReused',
  /** Let into the sale by a tick of the queue. */
  admitted: 'Admitted',
  /** The queue's Redis did not answer a tick. */
  queueUnavailable: 'QueueUnavailable',
  /** A line without its data: nobody is admitted while shoppers inside register again. */
  queueCold: 'QueueCold',
  /** Admission events that SQS did not take this time: they stay in the outbox. */
  outboxRefused: 'OutboxRefused',
  /** Admission events set aside because they can never be delivered. */
  outboxDead: 'OutboxDead',
  /** Entries waiting in outboxes, per look. */
  outboxWaiting: 'OutboxWaiting',
  /** Admission events that do not fit their schema. */
  admissionEventInvalid: 'AdmissionEventInvalid',
  /** Reservations that became pending. */
  reserved: 'Reserved',
  /** Payments confirmed in answer to their buyer. */
  sales: 'Sales',
  /** Reservations ended by the sweeper. */
  reservationsExpired: 'ReservationsExpired',
  /** Payments that the reconciler brought to an end. */
  paymentsReconciled: 'PaymentsReconciled',
  /** A payment that the reconciler could not bring further: the provider is away, or something is wrong. */
  paymentStuck: 'PaymentStuck',
  /** A refund that the provider refuses for good waits for an operator. */
  refundRefused: 'RefundRefused',
  /** Webhooks that are not the provider's. */
  webhookRefused: 'WebhookRefused',
  /** Redis had forgotten seats and was told again from durable storage. */
  seatsRebuilt: 'SeatsRebuilt',
  /** The seats' Redis did not answer. */
  seatsUnavailable: 'SeatsUnavailable',
  /** A reservation whose time is over and that the sweeper could not end. */
  reservationStuck: 'ReservationStuck',
  /** Reservation events that SQS did not take this time: they stay in the outbox. */
  salesOutboxRefused: 'SalesOutboxRefused',
  /** Reservation events that do not fit their schema. */
  reservationEventInvalid: 'ReservationEventInvalid',
} as const;
export type MetricName = (typeof metrics)[keyof typeof metrics];
