import { Duration } from 'aws-cdk-lib';
import { AlternateTarget, ListenerRuleConfiguration } from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationListenerRule,
  ApplicationProtocol,
  ApplicationTargetGroup,
  CfnListenerRule,
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
  /** Paths of the worker, at most five, for example `/api/v1/queue/*`. */
  readonly paths: readonly string[];
  /** Priority of the rule in the listener. */
  readonly priority: number;
  /** Port of the worker. */
  readonly port: number;
}

/**
 * A worker's routing in the load balancer: one target group each for the current and the new revision, and the rule whose
 * weights ECS shifts during a deployment.
 */
export class CanaryRoute extends Construct {
  readonly targets: readonly [ApplicationTargetGroup, ApplicationTargetGroup];
  readonly alternate: AlternateTarget;
  /** ECS's role for shifting. */
  readonly shifter: Role;

  constructor(scope: Construct, id: string, props: CanaryRouteProps) {
    super(scope, id);
    const targetGroup = (name: string) =>
      new ApplicationTargetGroup(this, name, {
        vpc: props.network.vpc,
        targetType: TargetType.IP,
        protocol: ApplicationProtocol.HTTP,
        port: props.port,
        // A draining worker fails its health check within 1 s and is removed after two failed checks.
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
    // ECS shifts the weights. Any update of the rule, of a tag too, would write the template's weights back: docs/adr/0053.
    const definition = rule.node.defaultChild;
    if (!(definition instanceof CfnListenerRule)) throw new Error('the rule has another form');
    definition.addPropertyDeletionOverride('Tags');
    this.shifter = this.shifterOf(rule);
    this.alternate = new AlternateTarget('Alternate', {
      alternateTargetGroup: green,
      productionListener: ListenerRuleConfiguration.applicationListenerRule(rule),
      role: this.shifter,
    });
  }

  /** ECS's role for this rule and these two groups. AWS's managed policy would cover every load balancer of the account. */
  private shifterOf(rule: ApplicationListenerRule): Role {
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
