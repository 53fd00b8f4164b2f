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
} as const;
export type MetricName = (typeof metrics)[keyof typeof metrics];
