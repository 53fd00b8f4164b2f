import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { type RunningSystem, startSystem } from '#local/system.ts';
import { type SmallStack, withAssembly } from '../../support/local/assembly.ts';
import { listeningAddresses } from '../../support/servers/processes.ts';

async function run<T>(stack: SmallStack, use: (system: RunningSystem) => Promise<T>): Promise<T> {
  return withAssembly(stack, async (templates) => {
    const system = await startSystem({ templates, quiet: true, stateFile: false });
    try {
      return await use(system);
    } finally {
      await system.stop();
    }
  });
}

const vpcOriginPart = { VpcOriginConfig: { VpcOriginId: { Ref: 'VpcOrigin' } } };

/** The shortest stack of a container behind a private load balancer behind a distribution. */
function site(source: string, options: { originPart?: object; dockerfile?: string } = {}): SmallStack {
  const group = {
    Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
    Properties: {
      Protocol: 'HTTP',
      Port: 8080,
      TargetType: 'ip',
      HealthCheckPath: '/ready',
      HealthCheckIntervalSeconds: 1,
      HealthyThresholdCount: 2,
    },
  };
  return {
    images: {
      tag1: {
        'index.mjs': source,
        Dockerfile: options.dockerfile ?? 'FROM node\nCOPY index.mjs ./\nCMD ["node", "index.mjs"]\n',
      },
    },
    resources: {
      Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Scheme: 'internal' } },
      Group: group,
      Listener: {
        Type: 'AWS::ElasticLoadBalancingV2::Listener',
        Properties: {
          LoadBalancerArn: { Ref: 'Balancer' },
          Protocol: 'HTTP',
          Port: 80,
          DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
        },
      },
      Rule: {
        Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
        Properties: {
          ListenerArn: { Ref: 'Listener' },
          Priority: 1,
          Actions: [{ Type: 'forward', TargetGroupArn: { Ref: 'Group' } }],
          Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/app/*'] } }],
        },
      },
      Task: {
        Type: 'AWS::ECS::TaskDefinition',
        Properties: {
          Family: 'app',
          NetworkMode: 'awsvpc',
          ContainerDefinitions: [
            {
              Name: 'app',
              Image: 'registry.example/images:tag1',
              Essential: true,
              Environment: [
                { Name: 'HOST', Value: '0.0.0.0' },
                { Name: 'PORT', Value: '8080' },
                { Name: 'GREETING', Value: 'hello' },
              ],
              PortMappings: [{ ContainerPort: 8080 }],
            },
          ],
        },
      },
      Service: {
        Type: 'AWS::ECS::Service',
        Properties: {
          TaskDefinition: { Ref: 'Task' },
          LoadBalancers: [{ TargetGroupArn: { Ref: 'Group' }, ContainerName: 'app', ContainerPort: 8080 }],
        },
      },
      VpcOrigin: {
        Type: 'AWS::CloudFront::VpcOrigin',
        Properties: {
          VpcOriginEndpointConfig: {
            Arn: { Ref: 'Balancer' },
            Name: 'workers',
            OriginProtocolPolicy: 'http-only',
          },
        },
      },
      Distribution: {
        Type: 'AWS::CloudFront::Distribution',
        Properties: {
          DistributionConfig: {
            Enabled: true,
            // Otherwise CloudFront would serve the first error for ten seconds.
            CustomErrorResponses: [502, 503].map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })),
            Origins: [
              {
                Id: 'o',
                DomainName: { 'Fn::GetAtt': ['Balancer', 'DNSName'] },
                ...(options.originPart ?? vpcOriginPart),
              },
            ],
            DefaultCacheBehavior: {
              TargetOriginId: 'o',
              CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
              OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
            },
          },
        },
      },
    },
  };
}

const server = `import { createServer } from 'node:http';
createServer((request, response) => response.end(JSON.stringify({
  url: request.url, forwarded: request.headers['x-forwarded-for'], greeting: process.env.GREETING, home: process.env.HOME ?? null, pid: process.pid, listens: process.env.HOST + ':' + process.env.PORT,
}))).listen(Number(process.env.PORT), process.env.HOST);`;

describe('a container service', () => {
  it('responds behind balancer and distribution, with the environment of its template and no other', async () => {
    await run(site(server), async (system) => {
      const answer = await fetch(`${system.url}/app/x?y=1`, { headers: { 'x-forwarded-for': '6.6.6.6' } });
      expect(await answer.json()).toMatchObject({ url: '/app/x?y=1', greeting: 'hello', home: null });
      const { forwarded } = Object(await (await fetch(`${system.url}/app/x`)).json());
      // Visitor, then CloudFront: the visitor's address is the second from the right (E3).
      expect(forwarded).toMatch(/^(?:127\.0\.0\.1|::1), 127\.0\.0\.1$/);
      expect((await fetch(`${system.url}/elsewhere`)).status).toBe(404);
    });
  });

  it('chooses its port itself and reports it, so that no port is chosen before it is bound', async () => {
    await run(site(server), async (system) => {
      expect(await (await fetch(`${system.url}/app/x`)).json()).toMatchObject({ listens: '127.0.0.1:0' });
      const addresses = await listeningAddresses(system.servicePids('app'));
      expect(addresses).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
    });
  });

  it('replaces a killed task, and the balancer finds the new one', async () => {
    await run(site(server), async (system) => {
      const [first] = system.servicePids('app');
      expect(system.killService('app')).toBe(1);
      await expect.poll(async () => (await fetch(`${system.url}/app/x`)).status).toBe(200);
      expect(system.servicePids('app')).not.toContain(first);
    });
  });

  it('that does not become healthy stops the start with its last output', async () => {
    const broken = `console.error('REDIS_HOST: missing'); process.exit(1);`;
    await expect(run(site(broken), async () => {})).rejects.toThrow(
      /app does not become healthy: .*REDIS_HOST: missing/,
    );
  });

  it('behind a private balancer is reached only by a VPC origin', async () => {
    await expect(
      run(site(server, { originPart: { CustomOriginConfig: {} } }), async () => {}),
    ).rejects.toThrow('a private load balancer needs a VPC origin');
  });

  it('with an image that needs a build is refused with its name', async () => {
    const dockerfile = 'FROM node\nRUN npm ci\nCMD ["node", "index.mjs"]\n';
    await expect(run(site(server, { dockerfile }), async () => {})).rejects.toThrow('RUN has no local form');
  });
});

describe('the Redis of the templates', () => {
  const stack: SmallStack = {
    resources: {
      Parameters: {
        Type: 'AWS::ElastiCache::ParameterGroup',
        Properties: {
          CacheParameterGroupFamily: 'valkey8',
          Properties: { 'maxmemory-policy': 'noeviction' },
        },
      },
      User: {
        Type: 'AWS::ElastiCache::User',
        Properties: {
          UserId: 'worker',
          UserName: 'worker',
          Engine: 'valkey',
          AccessString: 'on ~urr:* resetchannels +@all -@dangerous +info',
          AuthenticationMode: { Type: 'password', Passwords: ['correct-horse-battery'] },
        },
      },
      Users: {
        Type: 'AWS::ElastiCache::UserGroup',
        Properties: { UserGroupId: 'workers', Engine: 'valkey', UserIds: [{ Ref: 'User' }] },
      },
      Redis: {
        Type: 'AWS::ElastiCache::ReplicationGroup',
        Properties: {
          ReplicationGroupDescription: 'd',
          Engine: 'valkey',
          CacheParameterGroupName: { Ref: 'Parameters' },
          UserGroupIds: [{ Ref: 'Users' }],
        },
      },
    },
  };

  it("has the template's user with its permissions, and no other user", async () => {
    await run(stack, async (system) => {
      const port = system.redis[0]?.port ?? 0;
      const options = {
        port,
        host: '127.0.0.1',
        lazyConnect: true,
        maxRetriesPerRequest: 0,
        retryStrategy: () => null,
      };
      const worker = new Redis({ ...options, username: 'worker', password: 'correct-horse-battery' });
      const nobody = new Redis(options);
      for (const client of [worker, nobody]) client.on('error', () => {});
      try {
        await worker.connect();
        await worker.set('urr:{a}:x', '1');
        await expect(worker.set('other', '1')).rejects.toThrow('NOPERM');
        await expect(worker.call('KEYS', '*')).rejects.toThrow('NOPERM');
        await expect(nobody.ping()).rejects.toThrow();
      } finally {
        worker.disconnect();
        nobody.disconnect();
      }
    });
  });
});
