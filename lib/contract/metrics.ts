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
} as const;
export type MetricName = (typeof metrics)[keyof typeof metrics];
