import { Duration } from 'aws-cdk-lib';
import { AlternateTarget, ListenerRuleConfiguration } from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationListenerRule,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  ListenerCondition,
  TargetGroupLoadBalancingAlgorithmType,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import type { WorkerEntrance } from './worker-entrance.ts';
import type { WorkerNetwork } from './worker-network.ts';

export interface CanaryRouteProps {
  readonly network: WorkerNetwork;
  readonly entrance: WorkerEntrance;
  /** Paths the worker answers, at most five: `/api/v1/queue/*`. */
  readonly paths: readonly string[];
  /** Place of the rule among the listener's. */
  readonly priority: number;
  /** Port the worker listens on. */
  readonly port: number;
}

/**
 * A worker's place behind the load balancer: two target groups, of the revision that serves and of the one that comes, and
 * the rule whose weights ECS shifts from one to the other while it deploys.
 */
export class CanaryRoute extends Construct {
  readonly targets: readonly [ApplicationTargetGroup, ApplicationTargetGroup];
  readonly alternate: AlternateTarget;

  constructor(scope: Construct, id: string, props: CanaryRouteProps) {
    super(scope, id);
    const targetGroup = (name: string) =>
      new ApplicationTargetGroup(this, name, {
        vpc: props.network.vpc,
        targetType: TargetType.IP,
        protocol: ApplicationProtocol.HTTP,
        port: props.port,
        // A worker that drains says no within a second; out after two looks.
        healthCheck: {
          path: '/ready',
          healthyHttpCodes: '200',
          interval: Duration.seconds(5),
          timeout: Duration.seconds(3),
          healthyThresholdCount: 2,
          unhealthyThresholdCount: 2,
        },
        deregistrationDelay: Duration.seconds(15),
        loadBalancingAlgorithmType: TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      });
    const [blue, green] = [targetGroup('Blue'), targetGroup('Green')];
    this.targets = [blue, green];
    const rule = new ApplicationListenerRule(this, 'Rule', {
      listener: props.entrance.listener,
      priority: props.priority,
      conditions: [ListenerCondition.pathPatterns([...props.paths])],
      action: ListenerAction.weightedForward([
        { targetGroup: blue, weight: 100 },
        { targetGroup: green, weight: 0 },
      ]),
    });
    this.alternate = new AlternateTarget('Alternate', {
      alternateTargetGroup: green,
      productionListener: ListenerRuleConfiguration.applicationListenerRule(rule),
      role: this.shifter(rule),
    });
  }

  /** ECS's role: this rule and these two groups. (AWS's own policy covers every load balancer of the account.) */
  private shifter(rule: ApplicationListenerRule): Role {
    const role = new Role(this, 'Shifter', { assumedBy: new ServicePrincipal('ecs.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['elasticloadbalancing:RegisterTargets', 'elasticloadbalancing:DeregisterTargets'],
        resources: this.targets.map(({ targetGroupArn }) => targetGroupArn),
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['elasticloadbalancing:ModifyRule'],
        resources: [rule.listenerRuleArn],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'elasticloadbalancing:DescribeListeners',
          'elasticloadbalancing:DescribeRules',
          'elasticloadbalancing:DescribeTargetGroups',
          'elasticloadbalancing:DescribeTargetHealth',
        ],
        resources: ['*'],
      }),
    );
    acknowledge(role, {
      'AwsSolutions-IAM5[Resource::*]': 'Describing load balancers takes no resource: only "*".',
    });
    return role;
  }
}
