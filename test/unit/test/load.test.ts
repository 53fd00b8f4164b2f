import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { drive } from '../../load/drive.ts';
import { parseLoadOptions } from '../../load/options.ts';
import { quantile, reportOf } from '../../load/report.ts';

describe('the load tool', () => {
  it.each([
    'http://example.com',
    'https://localhost:3000',
    'http://127.0.0.1.example.com',
    'http://localhost@example.com',
    'http://user:word@localhost',
    'http://0.0.0.0:3000',
    'file:///localhost',
    'localhost:3000',
  ])('refuses another machine: %s', (url) => {
    expect(() => parseLoadOptions(['--event', 'demo', '--url', url])).toThrow('--url');
  });

  it.each([
    [['--event', 'demo', '--users', '100001'], '--users'],
    [['--event', 'demo', '--users', '0'], '--users'],
    [['--event', 'demo', '--users', '1e9'], '--users'],
    [['--event', 'demo', '--duration', '3601'], '--duration'],
    [['--event', 'demo', '--concurrency', '1001'], '--concurrency'],
    [['--event', 'demo', '--max-error-share', '1.1'], '--max-error-share'],
    [['--event', '../x'], '--event'],
    [['--users', '1'], '--event'],
    [['--event', 'demo', '--usres', '1'], '--usres'],
    [['--event', 'demo', 'more'], 'more'],
  ])('names and refuses %j, so that every run is bounded in count and time', (words, name) => {
    expect(() => parseLoadOptions(words)).toThrow(name);
  });

  it('uses the nearest rank for a quantile', () => {
    expect(quantile([], 0.99)).toBe(0);
    expect(quantile([1], 0.99)).toBe(1);
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect([0.5, 0.95, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([50, 95, 99, 100]);
  });
});

describe('a run against a server', () => {
  let server: Server;
  let seen: string[] = [];
  afterEach(() => new Promise((done) => server.close(done)));

  /** Responds to the n-th request with a status and a body. */
  async function serve(answer: (n: number) => [number, object]): Promise<string> {
    seen = [];
    server = createServer((incoming, outgoing) => {
      const [status, body] = answer(seen.push(`${incoming.method} ${incoming.url}`));
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const place = {
    requestId: '7d444840-9dc0-41d1-b245-5ffdce74fad2',
    position: 1,
    place: { shard: 0, seq: 1 },
    generation: 1,
    peopleAhead: 0,
    estimatedWait: null,
    servingCounter: 0,
    nextPoll: 2,
  };
  const options = (url: string, ...more: string[]) =>
    parseLoadOptions(['--event', 'demo', '--url', url, '--users', '20', '--delay', '0', ...more]);

  it('counts allowed, queued and errors by code, one join per visitor', async () => {
    const url = await serve((n) => {
      if (n <= 12) return [200, place];
      return n <= 17
        ? [404, { error: '', code: 'WAITING_ROOM_INACTIVE' }]
        : [503, { error: '', code: 'UNAVAILABLE' }];
    });
    const chosen = options(url);

    const report = reportOf(await drive(chosen), chosen);

    expect(report).toMatchObject({ total: 20, queued: 12, allowed: 5, errors: 3, notStarted: 0, ok: false });
    expect(report.errorCodes).toEqual({ UNAVAILABLE: 3 });
    expect(seen).toEqual(Array.from({ length: 20 }, () => 'POST /vwr-api/vwr/assign/demo'));
  });

  it('passes if the failures are within the allowed share', async () => {
    const url = await serve((n) => (n <= 1 ? [500, {}] : [200, place]));
    const chosen = options(url, '--max-error-share', '0.05');

    const report = reportOf(await drive(chosen), chosen);

    expect(report).toMatchObject({ errors: 1, errorCodes: { HTTP_500: 1 }, ok: true });
  });

  it('counts a response of another shape as an error, not as a place', async () => {
    const url = await serve(() => [200, { hello: 'world' }]);
    const chosen = options(url);

    expect(reportOf(await drive(chosen), chosen).errorCodes).toEqual({ UNREADABLE_ANSWER: 20 });
  });

  it('ends when its time has passed, and fails if a visitor never started', async () => {
    const url = await serve(() => [200, place]);
    const chosen = parseLoadOptions([
      '--event',
      'demo',
      '--url',
      url,
      '--users',
      '1000',
      '--delay',
      '500',
      '--duration',
      '1',
    ]);

    const report = reportOf(await drive(chosen), chosen);

    // Starting all of them would take five hundred seconds.
    expect(report.total).toBeLessThan(100);
    expect(report).toMatchObject({ ok: false, notStarted: 1000 - report.total, offeredPerSecond: 2 });
  });
});
