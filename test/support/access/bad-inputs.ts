import { tokenCookie, visitorCookie } from '#contract/tokens.ts';
import { type BadInputKit, badTokens, signed, validPass } from './bad-tokens.ts';

export { type BadInputKit, validPass };

/**
 * The inputs that the gate must refuse, numbered as in the list of 45 (paths 1-22, methods and headers 23-30, cookies
 * and query 31-34, tokens 35-45), as raw requests: for the edge functions in process and for sockets of a running
 * system. The edge must respond to each with one of its statuses and forward none.
 */
export interface BadInput {
  readonly number: number;
  readonly name: string;
  readonly method: string;
  /** Request target exactly as sent, in latin1: one character per byte. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** Host header, if the input is about it. */
  readonly host?: string;
  readonly statuses: readonly number[];
}

const refusedStatuses = [400, 403] as const;
/** Node and CloudFront refuse too long input themselves. */
const tooLongStatuses = [400, 403, 413, 414, 431, 494] as const;

export function badInputs(kit: BadInputKit): BadInput[] {
  return [
    ...paths(kit),
    ...methodsAndHeaders(kit),
    ...cookiesAndQuery(kit),
    ...tokens(kit),
    ...redirects(kit),
  ];
}

/** A request that must pass, because a gate that refuses everything would pass all other cases. */
export function goodInput(kit: BadInputKit): BadInput {
  return make(kit, 0, 'a valid pass', { target: statusPath(kit), statuses: [200] });
}

/** Returns the bytes of the request for a socket. */
export function rawRequest(input: BadInput, host: string): Buffer {
  const headers = [['Host', input.host ?? host], ['Connection', 'close'], ...input.headers];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${input.method} ${input.target} HTTP/1.1\r\n${lines}\r\n${input.body ?? ''}`, 'latin1');
}

const statusPath = (kit: BadInputKit) => `/api/v1/queue/status/${kit.eventId}`;
function cookies(kit: BadInputKit, pass: string): string {
  return `${visitorCookie}=${kit.visitor}; ${tokenCookie.pass(kit.eventId)}=${pass}`;
}

/** Returns a request with a valid pass, so that only the bad part can be the reason for the refusal. */
function make(
  kit: BadInputKit,
  number: number,
  name: string,
  rest: Partial<Omit<BadInput, 'number' | 'name'>>,
): BadInput {
  return {
    number,
    name,
    method: 'GET',
    target: statusPath(kit),
    headers: [['Cookie', cookies(kit, validPass(kit))]],
    statuses: refusedStatuses,
    ...rest,
  };
}

function paths(kit: BadInputKit): BadInput[] {
  const e = kit.eventId;
  const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  const list: [number, string[], (readonly number[])?][] = [
    [1, ['/api//seats', `/api//v1/queue/status/${e}`, `/queue//${e}`]],
    [2, ['//api/seats', `//api/v1/queue/status/${e}`, `//queue/${e}`, '//evil.example/']],
    [3, ['/api/./seats', `/api/./v1/queue/status/${e}`, `/queue/./${e}`]],
    [4, ['/public/../api/seats', `/assets/../api/v1/queue/status/${e}`, `/vwr/../queue/${e}`]],
    [5, ['/public/%2e%2e/api/seats', `/assets/%2e%2e/api/v1/queue/status/${e}`, `/vwr/%2E%2E/queue/${e}`]],
    [6, ['/%2e/api/seats', `/%2e/api/v1/queue/status/${e}`]],
    [7, ['/api%2fseats', `/api%2fv1/queue/status/${e}`, `/queue%2F${e}`]],
    [8, ['/api%252fseats', `/api%252fv1/queue/status/${e}`]],
    [9, ['/%61pi/seats', `/%61pi/v1/queue/status/${e}`, `/%71ueue/${e}`]],
    [
      10,
      ['/API/Seats', `/API/V1/Queue/Status/${e}`, `/Queue/${e}`, `/api/v1/queue/status/${e.toUpperCase()}`],
    ],
    [11, ['/api/seats/', `/api/v1/queue/status/${e}/`, `/queue/${e}/`]],
    [12, ['/api/seats;x=1', `/api/v1/queue/status/${e};x=1`, `/queue;x=1/${e}`]],
    [13, ['/public/..;/api/seats', `/assets/..;/api/v1/queue/status/${e}`]],
    [14, ['/api\\seats', '/api%5cseats', `/api\\v1\\queue\\status\\${e}`, `/queue%5C${e}`]],
    [15, ['/api/seats%00.css', `/api/v1/queue/status/${e}%00.css`, `/queue/${e}%00`]],
    [16, ['/api/seats.css', `/api/v1/queue/status/${e}.css`, '/api/v1/seats/reserve.css']],
    [17, ['/api%c0%afseats', `/api%c0%afv1/queue/status/${e}`, `/api\xc0\xafv1/queue/status/${e}`]],
    [18, ['/api/%zz', `/api/v1/queue/status/${e}%zz`, `/queue/${e}%`, '/%u0061pi/seats']],
    [
      19,
      [
        utf8('/api／seats'),
        utf8(`/api／v1/queue/status/${e}`),
        `/api%ef%bc%8fv1/queue/status/${e}`,
        utf8(`/．．/queue/${e}`),
      ],
    ],
    [
      20,
      [
        '/api/seats%20',
        `/api/v1/queue/status/${e}%20`,
        `/queue/${e}%09`,
        `/queue/${e}%0d%0aSet-Cookie:x=1`,
        `/queue/${e}\tx`,
      ],
    ],
    [21, [`http://evil.example/api/v1/queue/status/${e}`, `https://evil.example/queue/${e}`]],
    [
      22,
      [
        `/api/v1/queue/status/${'a'.repeat(8192)}`,
        `/${'a/'.repeat(4096)}`,
        `/queue/${e}?x=${'a'.repeat(8192)}`,
      ],
      tooLongStatuses,
    ],
  ];
  return list.flatMap(([number, targets, statuses = refusedStatuses]) =>
    targets.map((target) => make(kit, number, `path ${target.slice(0, 60)}`, { target, statuses })),
  );
}

function methodsAndHeaders(kit: BadInputKit): BadInput[] {
  const cookie = ['Cookie', cookies(kit, validPass(kit))] as const;
  const withHeader = (number: number, name: string, value: string): BadInput =>
    make(kit, number, `header ${name}`, { headers: [cookie, [name, value]] });
  const check = `/api/v1/queue/check/${kit.eventId}`;
  const post = { method: 'POST', target: check } as const;
  const methods = ['get', 'Get', 'GETT', 'FOO', 'TRACE', 'PROPFIND', 'PATCH', 'DELETE', 'PUT'];
  return [
    ...methods.map((method) => make(kit, 23, `method ${method}`, { method, statuses: [400, 403, 405, 501] })),
    withHeader(24, 'X-HTTP-Method-Override', 'DELETE'),
    withHeader(24, 'X-Method-Override', 'PUT'),
    make(kit, 24, 'query _method', { target: `${statusPath(kit)}?_method=DELETE` }),
    withHeader(25, 'X-Original-URL', '/api/v1/health'),
    withHeader(25, 'X-Rewrite-URL', '/api/v1/health'),
    withHeader(25, 'X-Forwarded-Prefix', '/api/v1/health'),
    make(kit, 26, 'another host, no pass', {
      host: 'evil.example',
      headers: [],
      statuses: [400, 403, 404, 421],
    }),
    ...['X-URR-Origin-Secret', 'X-URR-Edge-Config', 'X-URR-Verified', 'X-URR-User', 'X-Queue-Verified'].map(
      (name) => withHeader(27, name, 'true'),
    ),
    make(kit, 28, 'forged X-Forwarded-For, no pass', { headers: [['X-Forwarded-For', '127.0.0.1']] }),
    make(kit, 29, 'Content-Length and Transfer-Encoding', {
      ...post,
      headers: [cookie, ['Content-Length', '5'], ['Transfer-Encoding', 'chunked']],
      body: '0\r\n\r\n',
      statuses: [400, 403, 501],
    }),
    make(kit, 29, 'two Content-Length', {
      ...post,
      headers: [cookie, ['Content-Length', '0'], ['Content-Length', '5']],
      body: 'hello',
      statuses: [400, 403, 501],
    }),
    make(kit, 29, 'Transfer-Encoding: xchunked', {
      ...post,
      headers: [cookie, ['Transfer-Encoding', 'xchunked']],
      body: '0\r\n\r\n',
      statuses: [400, 403, 501],
    }),
    make(kit, 30, 'WebSocket upgrade', {
      headers: [
        cookie,
        ['Upgrade', 'websocket'],
        ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ['Sec-WebSocket-Version', '13'],
      ],
    }),
    make(kit, 30, 'OPTIONS', { method: 'OPTIONS', statuses: [400, 403, 405] }),
    make(kit, 30, 'OPTIONS without a pass', { method: 'OPTIONS', headers: [], statuses: [400, 403, 405] }),
    make(kit, 30, 'HEAD without a pass', { method: 'HEAD', headers: [] }),
    make(kit, 30, 'HEAD of a page without a pass', {
      method: 'HEAD',
      target: `/queue/${kit.eventId}`,
      headers: [],
      statuses: [302],
    }),
  ];
}

function cookiesAndQuery(kit: BadInputKit): BadInput[] {
  const name = tokenCookie.pass(kit.eventId);
  const good = validPass(kit);
  const bad = signed(kit, kit.header, { ...kit.claims, aud: kit.otherEventId });
  const visitor = `${visitorCookie}=${kit.visitor}`;
  const withCookie = (number: number, title: string, value: string, rest: Partial<BadInput> = {}) =>
    make(kit, number, title, { headers: [['Cookie', value]], ...rest });
  const path = statusPath(kit);
  return [
    withCookie(31, 'bad then good token cookie', `${visitor}; ${name}=${bad}; ${name}=${good}`),
    withCookie(31, 'good then bad token cookie', `${visitor}; ${name}=${good}; ${name}=${bad}`),
    withCookie(31, 'good then empty token cookie', `${visitor}; ${name}=${good}; ${name}=`),
    make(kit, 31, 'two cookie headers', {
      headers: [
        ['Cookie', `${visitor}; ${name}=${bad}`],
        ['Cookie', `${name}=${good}`],
      ],
    }),
    make(kit, 31, 'cookie and header disagree', {
      headers: [
        ['Cookie', `${visitor}; ${name}=${good}`],
        ['X-URR-VWR-Token', bad],
      ],
    }),
    make(kit, 32, 'bad token in query, good in cookie', { target: `${path}?urr-vwr-token=${bad}` }),
    withCookie(32, 'good token in query, bad in cookie', `${visitor}; ${name}=${bad}`, {
      target: `${path}?urr-vwr-token=${good}`,
    }),
    withCookie(32, 'token in query only', visitor, { target: `${path}?x-queue-entry-token=${good}` }),
    withCookie(32, 'token in query under another name', visitor, { target: `${path}?token=${good}` }),
    make(kit, 32, 'position in query (E1)', { target: `${path}?vwrPosition=0` }),
    withCookie(33, '20 KB cookie', `${visitor}; ${name}=${'a'.repeat(20_000)}`, {
      statuses: tooLongStatuses,
    }),
    withCookie(
      33,
      '1,000 cookies',
      Array.from({ length: 1000 }, (_, index) => `c${index}=1`)
        .concat(`${visitor}; ${name}=${good}`)
        .join('; '),
      { statuses: tooLongStatuses },
    ),
    withCookie(33, 'quoted token', `${visitor}; ${name}="${good}"`),
    withCookie(33, 'quoted visitor', `${visitorCookie}="${kit.visitor}"; ${name}=${good}`),
    make(kit, 34, 'query key twice', { target: `${path}?a=1&a=2` }),
    make(kit, 34, 'query key twice, escaped', { target: `${path}?a=1&%61=2` }),
    make(kit, 34, '__proto__', { target: `${path}?__proto__=1` }),
    make(kit, 34, '__proto__, escaped', { target: `${path}?%5f_proto__=1` }),
    make(kit, 34, 'a[__proto__][x]', { target: `${path}?a[__proto__][x]=1` }),
  ];
}

function tokens(kit: BadInputKit): BadInput[] {
  return badTokens(kit).flatMap(([number, name, pass, visitor = kit.visitor]) => {
    const cookie = `${visitorCookie}=${visitor}; ${tokenCookie.pass(kit.eventId)}=${pass}`;
    return [
      make(kit, number, `${name} (call)`, {
        headers: [['Cookie', cookie]],
        // The gate requires the owner of such a token to sign in.
        statuses: name.startsWith('of a signed-in user') ? [401] : refusedStatuses,
      }),
      make(kit, number, `${name} (page)`, {
        headers: [['Cookie', cookie]],
        target: `/queue/${kit.eventId}`,
        statuses: [302, 400],
      }),
    ];
  });
}

function redirects(kit: BadInputKit): BadInput[] {
  const values = [
    '//evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '%2f%2fevil.example',
    '/%5cevil.example',
    '/\\evil',
  ];
  return values.flatMap((value) => [
    make(kit, 45, `next=${value} at sign-in`, { target: `/sign-in?next=${value}` }),
    make(kit, 45, `returnTo=${value} at the API`, { target: `/api/v1/auth/sign-in?returnTo=${value}` }),
    make(kit, 45, `next=${value} without a pass`, {
      target: `/queue/${kit.eventId}?next=${value}`,
      headers: [],
      statuses: [302, 400],
    }),
  ]);
}
