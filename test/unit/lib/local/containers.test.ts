import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '#local/containers/dockerfile.ts';
import { emptyBody, type OriginCall } from '#local/http.ts';
import { LoadBalancer, pathMatches, pickGroup } from '#local/loadbalancer/balancer.ts';
import { TargetGroup } from '#local/loadbalancer/target-group.ts';
import { silentLog } from '#local/log.ts';

const check = {
  path: '/ready',
  statuses: new Set([200]),
  intervalMs: 1000,
  timeoutMs: 1000,
  healthyCount: 1,
  unhealthyCount: 1,
};
const call = (rawPath: string): OriginCall => ({
  method: 'GET',
  rawPath,
  rawQuery: '',
  headers: {},
  body: emptyBody,
  sourceIp: '127.0.0.1',
});
const fixed = (status: number) => ({
  kind: 'fixed' as const,
  answer: { status, headers: {}, body: emptyBody },
});

describe('a Dockerfile', () => {
  it('that copies files and starts Node is accepted', () => {
    const text =
      '# c\nFROM node:24\nWORKDIR /app\nCOPY index.mjs ./\nENV A=1 B="two words"\nUSER node\nCMD ["node", "index.mjs"]\n';
    expect(parseDockerfile(text)).toEqual({
      command: ['node', 'index.mjs'],
      environment: { A: '1', B: 'two words' },
    });
  });

  it.each(['RUN npm ci', 'ADD https://x /y', 'CMD node index.mjs', 'COPY --from=build /a /b'])(
    'with %s is refused by name, because it would have no effect here',
    (line) => {
      expect(() => parseDockerfile(`FROM x\n${line}\n`)).toThrow('local form');
    },
  );
});

describe('a load balancer', () => {
  it('selects the rule with the lowest priority number that matches, else its default', async () => {
    const balancer = new LoadBalancer('lb.example', 'r', true, silentLog);
    balancer.defaultAction = fixed(404);
    balancer.rules.push({ priority: 20, matches: pathMatches(['/api/*']), action: fixed(202) });
    balancer.rules.push({
      priority: 10,
      matches: pathMatches(['/api/v1/queue/*', '/health']),
      action: fixed(201),
    });
    const status = async (path: string) => (await balancer.answer(call(path))).status;
    expect(await status('/api/v1/queue/x')).toBe(201);
    expect(await status('/health')).toBe(201);
    expect(await status('/api/other')).toBe(202);
    expect(await status('/API/other')).toBe(404);
  });

  it('sends nothing to a weight of 0, and shares the rest by weight', () => {
    const [blue, green] = [new TargetGroup(check), new TargetGroup(check)];
    const all = [
      { group: blue, weight: 100 },
      { group: green, weight: 0 },
    ];
    for (const random of [0, 0.5, 0.999]) expect(pickGroup(all, random)).toBe(blue);
    const split = [
      { group: blue, weight: 90 },
      { group: green, weight: 10 },
    ];
    expect(pickGroup(split, 0.89)).toBe(blue);
    expect(pickGroup(split, 0.91)).toBe(green);
    expect(pickGroup([{ group: blue, weight: 0 }], 0)).toBeUndefined();
  });

  it('responds with 503 while no target is healthy', async () => {
    const balancer = new LoadBalancer('lb.example', 'r', true, silentLog);
    balancer.defaultAction = { kind: 'forward', groups: [{ group: new TargetGroup(check), weight: 1 }] };
    expect((await balancer.answer(call('/'))).status).toBe(503);
  });
});
