import { describe, expect, it } from 'vitest';
import { fromResult, toEvent } from '#local/apigateway/event.ts';
import { selectRoute } from '#local/apigateway/routes.ts';
import { emptyBody } from '#local/http.ts';
import { createLog, mask } from '#local/log.ts';
import { noLocalForm } from '#local/resources/no-local-form.ts';
import { scheduleMs } from '#local/resources/schedule.ts';
import { OptionsError, parseStartOptions } from '#local/start-options.ts';

describe('an HTTP API', () => {
  const routes = ['GET /a/{id}', 'GET /a/fixed', 'ANY /a/{id}', 'GET /{proxy+}', 'POST /b'].map(
    (routeKey) => ({
      routeKey,
      target: routeKey,
    }),
  );
  const chosen = (method: string, path: string) => selectRoute(routes, method, path);

  it('selects the most specific route', () => {
    expect(chosen('GET', '/a/fixed')?.route.routeKey).toBe('GET /a/fixed');
    expect(chosen('GET', '/a/x')).toMatchObject({
      route: { routeKey: 'GET /a/{id}' },
      pathParameters: { id: 'x' },
    });
    expect(chosen('PUT', '/a/x')?.route.routeKey).toBe('ANY /a/{id}');
    expect(chosen('GET', '/c/d/e')?.pathParameters).toEqual({ proxy: 'c/d/e' });
  });

  it('responds with 404 to a path without a route', () => {
    expect(chosen('PUT', '/b')).toBeUndefined();
    expect(chosen('POST', '/b/')).toBeUndefined();
    expect(selectRoute(routes.slice(0, 1), 'GET', '/a/')).toBeUndefined();
  });

  it('sends payload format 2.0: separate cookies, repeated queries joined, the body as text', () => {
    const event = toEvent(
      {
        method: 'POST',
        rawPath: '/a/x',
        rawQuery: 'q=1&q=2',
        headers: {
          cookie: ['a=1; b=2'],
          'content-type': ['application/json'],
          'x-forwarded-for': ['1.1.1.1'],
        },
        body: Buffer.from('{}'),
        sourceIp: '127.0.0.1',
      },
      {
        apiId: 'i',
        account: '0',
        domainName: 'i.example',
        stage: '$default',
        routeKey: 'r',
        pathParameters: { id: 'x' },
        nowMs: 0,
      },
    );
    expect(event).toMatchObject({
      version: '2.0',
      cookies: ['a=1', 'b=2'],
      headers: { 'x-forwarded-for': '1.1.1.1, 127.0.0.1', host: 'i.example' },
      queryStringParameters: { q: '1,2' },
      pathParameters: { id: 'x' },
      body: '{}',
      isBase64Encoded: false,
      requestContext: { http: { method: 'POST', path: '/a/x' } },
    });
    expect(event).not.toHaveProperty('headers.cookie');
  });

  it('turns a result into a response, and an invalid result into 500', () => {
    expect(
      fromResult({ statusCode: 201, cookies: ['a=1', 'b=2'], body: 'aGk=', isBase64Encoded: true }),
    ).toMatchObject({ status: 201, headers: { 'set-cookie': ['a=1', 'b=2'] }, body: Buffer.from('hi') });
    expect(fromResult({ statusCode: 'many' }).status).toBe(500);
    expect(fromResult(null)).toMatchObject({ status: 200, body: Buffer.from('null') });
    expect(fromResult({ statusCode: 204 }).body).toEqual(emptyBody);
  });
});

describe('a schedule', () => {
  it('becomes milliseconds if it is a rate; any other expression is named and refused', () => {
    expect(scheduleMs('rate(1 minute)')).toBe(60_000);
    expect(scheduleMs('rate(30 days)')).toBe(30 * 86_400_000);
    expect(() => scheduleMs('cron(0 12 * * ? *)')).toThrow('cron(0 12 * * ? *)');
    expect(() => scheduleMs('rate(0 minutes)')).toThrow();
  });
});

describe('a type without a local form', () => {
  it('has a reason', () => {
    for (const [type, { reason }] of Object.entries(noLocalForm))
      expect(reason.length, type).toBeGreaterThan(10);
  });
});

describe('the log', () => {
  it('contains no token, cookie or private key', () => {
    const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ2LmFiYyJ9.c2lnbmF0dXJl';
    const line = `x ${token} __Host-urr-visitor=abcdef; {"d":"private"}`;
    expect(mask(line)).toBe('x *** __Host-urr-visitor=***; {"d":"***"}');
  });

  it('has one line per structured log, and no metrics', () => {
    const lines: string[] = [];
    const log = createLog((line) => lines.push(line));
    log.output(
      'f',
      JSON.stringify({ level: 'INFO', message: 'called', timestamp: 't', service: 's', called: 3 }),
    );
    log.output('f', JSON.stringify({ _aws: {} }));
    log.output('f', 'plain');
    expect(lines.map((line) => line.slice(9).replace(/ +/, ' '))).toEqual([
      'f INFO called {"called":3}',
      'f plain',
    ]);
  });
});

describe('the arguments of npm start', () => {
  it('have defaults and are parsed', () => {
    expect(parseStartOptions([])).toEqual({ environment: 'dev', help: false });
    expect(parseStartOptions(['--port', '0', '--seed', 'demo', '--cycle=5'])).toMatchObject({
      port: 0,
      seed: 'demo',
      cycle: 5,
    });
  });

  it.each([
    [['--port', '99999'], '--port "99999"'],
    [['--port', '-1'], '--port'],
    [['--cycle', '7'], '--cycle "7": must be a number of seconds that divides 60'],
    [['--seed', 'production'], '--seed "production": must be demo'],
    [['--speed', '3'], '--speed'],
    [['demo'], 'demo'],
  ])('are refused with the wrong one named: %j', (args, message) => {
    expect(() => parseStartOptions(args)).toThrow(OptionsError);
    expect(() => parseStartOptions(args)).toThrow(message);
  });
});
