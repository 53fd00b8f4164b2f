import { Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  CfnParameterGroup,
  CfnReplicationGroup,
  CfnSubnetGroup,
  CfnUser,
  CfnUserGroup,
} from 'aws-cdk-lib/aws-elasticache';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import { removalPolicy } from '../removal.ts';
import type { Settings } from '../settings/schema.ts';
import { redisAlarms } from './redis-alarms.ts';
import type { WorkerNetwork } from './worker-network.ts';

export interface RedisProps {
  readonly settings: Settings;
  readonly network: WorkerNetwork;
  readonly alarmTopic: ITopic;
}

/** Pinned: minor versions change by deployment, never automatically (D4). */
const redisEngine = { engine: 'valkey', version: '8.1', family: 'valkey8' } as const;
/** Not the default port, so that a scan of the default port finds nothing. */
const redisPort = 6390;
const userName = 'worker';

/**
 * A worker's rights: all commands on URR's own keys, no command that reads or empties the whole store. Redis itself refuses
 * KEYS, FLUSHALL, CONFIG and similar commands (A1, D5). INFO returns the run id, which reveals a loss of data.
 */
export const redisAccess =
  'on ~urr:* +@all -@admin -@dangerous -scan -randomkey +info +cluster|slots +cluster|shards +cluster|nodes';

/**
 * Redis for the queue and the holds: ElastiCache for Valkey, Multi-AZ with automatic fail-over, TLS, encrypted, one user with
 * a password. Keys are never evicted. No snapshots: an old line is worse than none (docs/adr/0051).
 */
export class Redis extends Construct {
  /** Endpoint for clients: of the primary, or of the whole cluster in cluster mode. */
  readonly host: string;
  readonly port: string;
  readonly userName = userName;
  /** The password as plain text. */
  readonly password: Secret;
  readonly isCluster: boolean;
  /** Names of the nodes in metrics, by shard. */
  readonly nodes: readonly (readonly string[])[];
  private readonly group: SecurityGroup;

  constructor(scope: Construct, id: string, props: RedisProps) {
    super(scope, id);
    const { settings, network, alarmTopic } = props;
    const { clusterMode, nodeType, shards, replicas } = settings.redis;
    const name = `urr-${settings.environmentName}`;
    this.isCluster = clusterMode;
    this.group = new SecurityGroup(this, 'Group', {
      vpc: network.vpc,
      description: 'The queue and the holds',
      allowAllOutbound: false,
    });
    this.password = new Secret(this, 'Password', {
      description: `Password of Redis' user ${userName}`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: removalPolicy(settings),
    });
    acknowledge(this.password, {
      'AwsSolutions-SMG4':
        'Rotated by an operator without a gap: ElastiCache accepts two passwords of a user at once (runbook, redis).',
    });
    const resource = new CfnReplicationGroup(this, 'Group0', {
      replicationGroupDescription: `Queue and holds of ${name}`,
      engine: redisEngine.engine,
      engineVersion: redisEngine.version,
      autoMinorVersionUpgrade: false,
      cacheNodeType: nodeType,
      cacheParameterGroupName: this.parameters(clusterMode).ref,
      cacheSubnetGroupName: this.subnets(network).ref,
      securityGroupIds: [this.group.securityGroupId],
      port: redisPort,
      clusterMode: clusterMode ? 'enabled' : 'disabled',
      numNodeGroups: shards,
      replicasPerNodeGroup: replicas,
      multiAzEnabled: true,
      automaticFailoverEnabled: true,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      userGroupIds: [this.users(name).ref],
      snapshotRetentionLimit: 0,
    });
    acknowledge(resource, {
      'AwsSolutions-AEC6':
        'Access is by user and password (a user group), which replaces the single AUTH token and has rights per user.',
    });
    const attribute = (endpoint: 'ConfigurationEndPoint' | 'PrimaryEndPoint', part: 'Address' | 'Port') =>
      resource.getAtt(`${endpoint}.${part}`).toString();
    const endpoint = clusterMode ? 'ConfigurationEndPoint' : 'PrimaryEndPoint';
    this.host = attribute(endpoint, 'Address');
    this.port = attribute(endpoint, 'Port');
    this.nodes = range(shards).map((shard) =>
      range(replicas + 1).map((node) =>
        [resource.ref, ...(clusterMode ? [digits(shard + 1, 4)] : []), digits(node + 1, 3)].join('-'),
      ),
    );
    redisAlarms(this, { nodes: this.nodes, alarmTopic });
  }

  /** Allows connections from a worker's security group to Redis. The rules are in the worker's stack. */
  allowFrom(worker: SecurityGroup): void {
    worker.connections.allowTo(this.group, Port.tcp(redisPort), 'Redis');
  }

  private parameters(clusterMode: boolean): CfnParameterGroup {
    return new CfnParameterGroup(this, 'Parameters', {
      cacheParameterGroupFamily: redisEngine.family,
      description: 'No key is ever evicted: a full Redis refuses writes and rings',
      properties: {
        'maxmemory-policy': 'noeviction',
        'cluster-enabled': clusterMode ? 'yes' : 'no',
      },
    });
  }

  private subnets(network: WorkerNetwork): CfnSubnetGroup {
    return new CfnSubnetGroup(this, 'Subnets', {
      description: 'Closed subnets',
      subnetIds: network.vpc.selectSubnets(network.closed).subnetIds,
    });
  }

  /** Returns a group with this user alone. Without the user `default`, every connection needs a password. */
  private users(name: string): CfnUserGroup {
    const user = new CfnUser(this, 'Worker', {
      engine: redisEngine.engine,
      userId: `${name}-${userName}`,
      userName,
      accessString: redisAccess,
      // A dynamic reference: the template contains the secret's name, never its value.
      authenticationMode: { Type: 'password', Passwords: [this.password.secretValue.unsafeUnwrap()] },
    });
    const users = new CfnUserGroup(this, 'Users', {
      engine: redisEngine.engine,
      userGroupId: `${name}-workers`,
      userIds: [user.ref],
    });
    return users;
  }
}

const range = (length: number) => Array.from({ length }, (_, i) => i);
const digits = (value: number, length: number) => String(value).padStart(length, '0');
