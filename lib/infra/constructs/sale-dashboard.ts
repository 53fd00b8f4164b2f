import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { metrics } from '#contract/metrics.ts';
import type { Settings } from '../settings/schema.ts';
import type { QueueStack } from '../stacks/queue-stack.ts';
import type { SalesStack } from '../stacks/sales-stack.ts';
import { worstOfShard } from './redis-alarms.ts';

export interface SaleDashboardProps {
  readonly settings: Settings;
  readonly queue: QueueStack;
  readonly sales: SalesStack;
}

/** Dashboard of the queue and the sale: admissions, sales, health of workers and Redis. */
export class SaleDashboard extends Construct {
  constructor(scope: Construct, id: string, { settings, queue, sales }: SaleDashboardProps) {
    super(scope, id);
    const { admission, surroundings } = queue;
    const { seatLock } = sales;
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: 12, height: 6 });
    const service = (name: string, metricName: string) =>
      new Metric({
        namespace: 'AWS/ECS',
        metricName,
        dimensionsMap: { ClusterName: surroundings.cluster.clusterName, ServiceName: name },
        statistic: Stats.AVERAGE,
        period: Duration.minutes(1),
      });
    const workers = [admission.worker, seatLock.worker];
    const shards = (metricName: string) =>
      surroundings.redis.nodes.map((nodes, i) => worstOfShard(nodes, i + 1, metricName));
    const inLine = admission.worker.alarms;
    const inSale = seatLock.worker.alarms;
    const waiting = { period: Duration.minutes(1) };

    new Dashboard(this, 'Board', {
      dashboardName: `urr-${settings.environmentName}-sale`,
      defaultInterval: Duration.hours(3),
      widgets: [
        [
          graph(
            'Admitted and sold, per minute',
            [inLine.own(metrics.admitted), inSale.own(metrics.reserved), inSale.own(metrics.sales)],
            [inSale.own(metrics.reservationsExpired), inSale.own(metrics.paymentsReconciled)],
          ),
          graph('Causes of delay', [
            inLine.own(metrics.queueUnavailable),
            inLine.own(metrics.queueCold),
            inSale.own(metrics.seatsUnavailable),
            inSale.own(metrics.paymentStuck),
          ]),
        ],
        [
          graph(
            'Requests, and 99th percentile in seconds',
            workers.map(({ alarms }) => alarms.requests),
            workers.map(({ alarms }) => alarms.latencyP99),
          ),
          graph(
            '5xx, and CPU of the tasks in percent',
            workers.map(({ alarms }) => alarms.serverErrors),
            workers.map((worker) => service(worker.service.serviceName, 'CPUUtilization')),
          ),
        ],
        [
          graph('Redis: core and memory, percent', [
            ...shards('EngineCPUUtilization'),
            ...shards('DatabaseMemoryUsagePercentage'),
          ]),
          graph(
            'Events waiting for the statistics',
            [
              inLine.own(metrics.outboxWaiting, Stats.MAXIMUM),
              inLine.own(metrics.outboxRefused),
              inSale.own(metrics.salesOutboxRefused),
            ],
            [admission.events, seatLock.events].map(({ queue: events }) =>
              events.metricApproximateAgeOfOldestMessage(waiting),
            ),
          ),
        ],
      ],
    });
  }
}
