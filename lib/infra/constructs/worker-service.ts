import { Duration, Size } from 'aws-cdk-lib';
import { SecurityGroup, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import {
  AlarmBehavior,
  AwsLogDriverMode,
  Capability,
  CpuArchitecture,
  DeploymentStrategy,
  FargatePlatformVersion,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
  PropagatedTagSource,
} from 'aws-cdk-lib/aws-ecs';
import { type Conditions, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { EnvironmentInput, environments } from '#contract/environment.ts';
import { metricsNamespace } from '#contract/metrics.ts';
import { acknowledge } from '../nag.ts';
import { removalPolicy } from '../removal.ts';
import type { Settings } from '../settings/schema.ts';
import type { TaskSize } from '../settings/tier2.ts';
import { CanaryRoute } from './canary-route.ts';
import type { Redis } from './redis.ts';
import { WorkerAlarms } from './worker-alarms.ts';
import type { WorkerEntrance } from './worker-entrance.ts';
import { luaFolder, workerImage } from './worker-image.ts';
import type { WorkerNetwork } from './worker-network.ts';

/** Names of the workers: contracts with an HTTP port and Redis. */
type WorkerName = {
  [N in keyof typeof environments]: 'REDIS_HOST' extends keyof EnvironmentInput<N> ? N : never;
}[keyof typeof environments];
type Common =
  | 'POWERTOOLS_SERVICE_NAME'
  | 'POWERTOOLS_METRICS_NAMESPACE'
  | 'LOG_LEVEL'
  | 'HOST'
  | 'PORT'
  | 'FORWARDED_HOPS'
  | 'LUA_DIRECTORY'
  | `REDIS_${'HOST' | 'PORT' | 'CLUSTER' | 'TLS' | 'USERNAME' | 'PASSWORD_SECRET'}`;

/** Shared by all workers. */
export interface WorkerSurroundings {
  readonly settings: Settings;
  readonly network: WorkerNetwork;
  readonly cluster: ICluster;
  readonly redis: Redis;
  readonly entrance: WorkerEntrance;
  readonly alarmTopic: ITopic;
}

export interface WorkerServiceProps<N extends WorkerName> extends WorkerSurroundings {
  /** Folder below functions/, and name of the worker in logs and metrics, for example `admission`. */
  readonly worker: string;
  readonly contract: N;
  /** Exactly the variables of that contract, without the common ones. */
  readonly environment: Omit<EnvironmentInput<N>, Common>;
  readonly size: TaskSize;
  /** Subnets of its tasks. */
  readonly subnets: SubnetSelection;
  /** Paths of the worker. */
  readonly paths: readonly string[];
  /** Priority of its rule in the listener. */
  readonly priority: number;
  /** Limit of the 99th percentile of response times; above it an alarm rings and a deployment rolls back. */
  readonly slow: Duration;
  /** Runbook file of its alarms. */
  readonly runbook: `${string}.md`;
}

/** Port of every worker: each task has its own address, so ports do not collide. */
const port = 8080;
/** CloudFront and the load balancer each append the address of their client (E3). */
const forwardedHops = 2;
/** A worker drains for at most 25 s (functions/worker-runtime/run.ts); after this time ECS kills it. */
const stopTimeout = Duration.seconds(30);

/**
 * A container worker: Fargate on arm64, unprivileged, with a read-only file system, its own role, readiness and liveness,
 * autoscaling, and deployments that start with a small share of requests and roll back automatically on an alarm (B6).
 */
export class WorkerService<N extends WorkerName> extends Construct {
  readonly service: FargateService;
  /** Name of the worker in logs and metrics, for example `urr-dev-admission`. */
  readonly name: string;
  readonly alarms: WorkerAlarms;
  private readonly role: Role;

  constructor(scope: Construct, id: string, props: WorkerServiceProps<N>) {
    super(scope, id);
    const { settings, network, cluster, entrance } = props;
    this.name = `urr-${settings.environmentName}-${props.worker}`;
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    this.allow(['secretsmanager:GetSecretValue'], props.redis.password.secretArn);
    const taskDefinition = this.taskDefinition(props);
    const securityGroup = new SecurityGroup(this, 'Group', {
      vpc: network.vpc,
      description: this.name,
      allowAllOutbound: false,
    });
    props.redis.allowFrom(securityGroup);
    network.allowAws(securityGroup);
    const { network: _, ...rest } = props;
    const route = new CanaryRoute(this, 'Route', { ...rest, network, port });
    this.alarms = new WorkerAlarms(this, 'Alarms', {
      name: this.name,
      targets: route.targets,
      entrance,
      slow: props.slow,
      runbook: props.runbook,
      topic: props.alarmTopic,
    });
    const { canary } = settings.workers;
    this.service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition,
      vpcSubnets: props.subnets,
      securityGroups: [securityGroup],
      assignPublicIp: false,
      platformVersion: FargatePlatformVersion.VERSION1_4,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      healthCheckGracePeriod: Duration.seconds(60),
      enableExecuteCommand: false,
      propagateTags: PropagatedTagSource.SERVICE,
      deploymentStrategy: DeploymentStrategy.CANARY,
      canaryConfiguration: {
        stepPercent: canary.percent,
        stepBakeTime: Duration.minutes(canary.minutes),
      },
      bakeTime: Duration.minutes(canary.bakeMinutes),
      deploymentAlarms: {
        alarmNames: this.alarms.rollBack.map(({ alarmName }) => alarmName),
        behavior: AlarmBehavior.ROLLBACK_ON_ALARM,
      },
    });
    acknowledge(this.service, {
      '@aws-cdk/aws-ecs:shouldUseCircuitBreaker':
        'The circuit breaker is for rolling deployments; a canary is watched by its alarms.',
    });
    this.service
      .loadBalancerTarget({
        containerName: props.worker,
        containerPort: port,
        alternateTarget: route.alternate,
      })
      .attachToApplicationTargetGroup(route.targets[0]);
    // A reference to a role waits for the role alone. Without its policy the first task cannot start, and no weight is shifted.
    this.service.node.addDependency(route.shifter, taskDefinition.obtainExecutionRole());
    // Scales by CPU: requests per target belong to one target group, and deployments swap the groups.
    this.service
      .autoScaleTaskCount({ minCapacity: props.size.tasksMin, maxCapacity: props.size.tasksMax })
      .scaleOnCpuUtilization('Cpu', {
        targetUtilizationPercent: 50,
        scaleOutCooldown: Duration.seconds(30),
        scaleInCooldown: Duration.minutes(10),
      });
  }

  /** Grants exactly these actions on exactly these resources. */
  allow(actions: readonly string[], ...resources: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources }));
  }

  /** Grants the same under the conditions. */
  allowWhere(conditions: Conditions, actions: readonly string[], ...resources: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources, conditions }));
  }

  private taskDefinition(props: WorkerServiceProps<N>): FargateTaskDefinition {
    const { settings, redis, size } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: settings.logRetentionDays as RetentionDays,
      removalPolicy: removalPolicy(settings),
    });
    const executionRole = new Role(this, 'Starter', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    acknowledge(executionRole, {
      'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken takes no resource: only "*".',
    });
    const definition = new FargateTaskDefinition(this, 'Task', {
      family: this.name,
      cpu: size.cpu,
      memoryLimitMiB: size.memoryMb,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: this.role,
      executionRole,
    });
    acknowledge(definition, {
      'AwsSolutions-ECS2':
        'Names and addresses only. Secrets are named, and read by the worker itself, so that a rotation needs no deployment.',
    });
    const linuxParameters = new LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    linuxParameters.dropCapabilities(Capability.ALL);
    definition.addContainer(props.worker, {
      image: workerImage(this, 'Image', props.worker),
      environment: {
        ...props.environment,
        POWERTOOLS_SERVICE_NAME: this.name,
        POWERTOOLS_METRICS_NAMESPACE: metricsNamespace,
        LOG_LEVEL: settings.logLevel,
        NODE_OPTIONS: '--enable-source-maps',
        HOST: '0.0.0.0',
        PORT: String(port),
        FORWARDED_HOPS: String(forwardedHops),
        LUA_DIRECTORY: luaFolder,
        REDIS_HOST: redis.host,
        REDIS_PORT: redis.port,
        REDIS_CLUSTER: String(redis.isCluster),
        REDIS_TLS: 'true',
        REDIS_USERNAME: redis.userName,
        REDIS_PASSWORD_SECRET: redis.password.secretArn,
      },
      portMappings: [{ containerPort: port }],
      readonlyRootFilesystem: true,
      linuxParameters,
      stopTimeout,
      healthCheck: {
        // The image has no curl, so Node sends the request.
        command: ['CMD', 'node', '-e', healthCheck(port)],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
      logging: LogDrivers.awsLogs({
        streamPrefix: props.worker,
        logGroup,
        // A slow log service must not delay the worker.
        mode: AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(25),
      }),
    });
    return definition;
  }
}

const healthCheck = (ownPort: number) =>
  `fetch('http://127.0.0.1:${ownPort}/health').then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))`;
