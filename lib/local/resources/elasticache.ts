import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { startRedis } from '../servers/redis.ts';
import { flag, noLocalEffect, numeric, propertiesOf, stringOrNumber } from './properties.ts';

const parameterGroupSchema = z.strictObject({
  CacheParameterGroupFamily: z.string(),
  Properties: z
    .strictObject({
      'maxmemory-policy': z.string().optional(),
      'cluster-enabled': z.enum(['yes', 'no']).optional(),
    })
    .default({}),
  Description: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::ElastiCache::ParameterGroup: directives of the local Redis. */
export const parameterGroup: ResourceModule = (resource, registry) => {
  const { 'cluster-enabled': isCluster, ...parameters } = propertiesOf(
    resource,
    parameterGroupSchema,
  ).Properties;
  if (isCluster === 'yes')
    throw new Error('property Properties.cluster-enabled: cluster mode has no local form');
  const name = resource.generatedName(255);
  const given = Object.entries(parameters).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value]],
  );
  registry.redis.parameters.set(name, Object.fromEntries(given));
  return { ref: name, attributes: { CacheParameterGroupName: name } };
};

const userSchema = z.strictObject({
  UserId: z.string(),
  UserName: z.string(),
  Engine: z.string(),
  AccessString: z.string(),
  NoPasswordRequired: flag.optional(),
  AuthenticationMode: z
    .strictObject({
      Type: z.enum(['password', 'no-password-required']),
      Passwords: z.array(z.string()).length(1).optional(),
    })
    .optional(),
  Passwords: z.array(z.string()).length(1).optional(),
  Tags: noLocalEffect,
});

/** AWS::ElastiCache::User: a Redis user with its ACL. */
export const user: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, userSchema);
  const password = properties.AuthenticationMode?.Passwords?.[0] ?? properties.Passwords?.[0];
  registry.redis.users.set(properties.UserId, {
    name: properties.UserName,
    password,
    access: properties.AccessString,
  });
  return { ref: properties.UserId, attributes: { Arn: `user:${properties.UserId}`, Status: 'active' } };
};

const userGroupSchema = z.strictObject({
  UserGroupId: z.string(),
  Engine: z.string(),
  UserIds: z.array(z.string()),
  Tags: noLocalEffect,
});

/** AWS::ElastiCache::UserGroup. */
export const userGroup: ResourceModule = (resource, registry) => {
  const { UserGroupId, UserIds } = propertiesOf(resource, userGroupSchema);
  const users = UserIds.map((id) => {
    const found = registry.redis.users.get(id);
    if (found === undefined) throw new Error(`property UserIds: no user ${id} in the templates`);
    return found;
  });
  registry.redis.userGroups.set(UserGroupId, users);
  return { ref: UserGroupId, attributes: { Arn: `usergroup:${UserGroupId}`, Status: 'active' } };
};

const replicationGroupSchema = z.strictObject({
  ReplicationGroupDescription: z.string(),
  ReplicationGroupId: z.string().optional(),
  CacheParameterGroupName: z.string().optional(),
  UserGroupIds: z.array(z.string()).max(1).optional(),
  ClusterMode: z.literal('disabled', 'cluster mode has no local form').optional(),
  NumNodeGroups: z.literal([1, '1'], 'more than one shard has no local form').optional(),
  Engine: z.string(),
  // There is one Redis here: replicas, nodes and encryption have no effect on one machine.
  AtRestEncryptionEnabled: noLocalEffect,
  AutoMinorVersionUpgrade: noLocalEffect,
  AutomaticFailoverEnabled: noLocalEffect,
  CacheNodeType: noLocalEffect,
  CacheSubnetGroupName: noLocalEffect,
  Durability: noLocalEffect,
  EngineVersion: noLocalEffect,
  KmsKeyId: noLocalEffect,
  LogDeliveryConfigurations: noLocalEffect,
  MultiAZEnabled: noLocalEffect,
  Port: numeric.optional(),
  PreferredMaintenanceWindow: noLocalEffect,
  ReplicasPerNodeGroup: noLocalEffect,
  SecurityGroupIds: noLocalEffect,
  SnapshotRetentionLimit: noLocalEffect,
  SnapshotWindow: noLocalEffect,
  Tags: noLocalEffect,
  TransitEncryptionEnabled: noLocalEffect,
  TransitEncryptionMode: stringOrNumber.optional(),
});

/** AWS::ElastiCache::ReplicationGroup: one real redis-server, with the template's users and parameters. */
export const replicationGroup: ResourceModule = async (resource, registry) => {
  const properties = propertiesOf(resource, replicationGroupSchema);
  const [userGroupId] = properties.UserGroupIds ?? [];
  const users = userGroupId === undefined ? [] : registry.redis.userGroups.get(userGroupId);
  if (users === undefined)
    throw new Error(`property UserGroupIds: no user group ${userGroupId} in the templates`);
  const parameters = registry.redis.parameters.get(properties.CacheParameterGroupName ?? '') ?? {};
  const server = await startRedis({ parameters, users, log: registry.log });
  const address = { Address: '127.0.0.1', Port: String(server.port) };
  registry.redis.servers.push({
    port: server.port,
    users,
    get pid() {
      return server.pid;
    },
  });
  return {
    ref: properties.ReplicationGroupId ?? resource.generatedName(40).toLowerCase(),
    attributes: {
      'PrimaryEndPoint.Address': address.Address,
      'PrimaryEndPoint.Port': address.Port,
      'ReaderEndPoint.Address': address.Address,
      'ReaderEndPoint.Port': address.Port,
    },
    stop: () => server.stop(),
  };
};
