/** A guard against a fault, and the test that must fail without it. */
export interface Guard {
  /** The fault (requirements, E). */
  readonly id: string;
  readonly what: string;
  /** The texts that form the guard, each exactly once in its file. */
  readonly places: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  readonly project: 'lua' | 'unit' | 'integration';
  readonly testFile: string;
  /** Part of the test's title. */
  readonly test: string;
}

/** Every fault of other open waiting rooms that tier 2 must exclude. */
export const guards: readonly Guard[] = [
  {
    id: 'E1',
    what: 'the place in line comes only from the verified pass',
    places: [
      {
        file: 'functions/admission/polls.ts',
        from: 'return { event, visitor, credentials };',
        to: `const { pass } = credentials;
      const place = new URL((request as { url?: string }).url ?? '', 'http://urr').searchParams.get('vwrPosition');
      return { event, visitor, credentials: { ...credentials, pass: pass && { ...pass, seq: Number(place ?? pass.seq) } } };`,
      },
    ],
    project: 'integration',
    testFile: 'test/integration/queue/http.test.ts',
    test: 'user and place in body, query and other headers change nothing',
  },
  {
    id: 'E2',
    what: 'a tick parks visitors whose poll is overdue',
    places: [{ file: 'lua/queue/admit.lua', from: 'tonumber(due[i]) >= line_now', to: 'true' }],
    project: 'lua',
    testFile: 'test/lua/queue/admit.test.ts',
    test: 'overdue visitors never block the visitors behind them',
  },
  {
    id: 'E3',
    what: 'the client address comes from the trusted proxies',
    places: [
      {
        file: 'lib/core/access/client-address.ts',
        from: "forwardedFor.slice(forwardedFor.lastIndexOf(',', end - 1) + 1, end)",
        to: "forwardedFor.slice(0, forwardedFor.indexOf(','))",
      },
    ],
    project: 'integration',
    testFile: 'test/integration/queue/limiter.test.ts',
    test: 'a forged X-Forwarded-For never passes it in a hundred requests',
  },
  {
    id: 'E4',
    what: 'admitted visitors count before they poll',
    places: [{ file: 'lua/queue/admit.lua', from: "redis.call('ZADD', KEYS[4], unpack(actives))", to: '' }],
    project: 'lua',
    testFile: 'test/lua/queue/admit.test.ts',
    test: 'admitted visitors count against the limit before they poll',
  },
  {
    id: 'E5',
    what: 'an admitted visitor does not queue again',
    places: [{ file: 'lua/queue/enter.lua', from: "if known ~= '' and", to: 'if false and' }],
    project: 'lua',
    testFile: 'test/lua/queue/enter.test.ts',
    test: 'a repeat returns the same place and the same admission',
  },
  {
    id: 'E6',
    what: 'an extension with another fence is refused',
    places: [
      {
        file: 'lib/core/sale/change.ts',
        from: "if (reservation.fence !== request.fence) return { outcome: 'fence-refused' };",
        to: '',
      },
    ],
    project: 'integration',
    testFile: 'test/integration/sale/orders-http.test.ts',
    test: 'is extended up to its maximum with its fence',
  },
  {
    id: 'E6',
    what: 'a payment with another fence is refused',
    places: [
      {
        file: 'lib/core/sale/payment.ts',
        from: "if (payment.fence !== request.fence) return { outcome: 'fence-refused' };",
        to: '',
      },
      {
        file: 'lib/core/sale/payment.ts',
        from: "if (reservation?.fence !== request.fence) return { outcome: 'fence-refused' };",
        to: "if (reservation === undefined) return { outcome: 'fence-refused' };",
      },
    ],
    project: 'integration',
    testFile: 'test/integration/sale/orders-http.test.ts',
    test: 'with another amount is 400 and with another fence 409, and nothing is charged',
  },
  {
    id: 'E7',
    what: 'a tick uses a fixed number of commands',
    places: [
      {
        file: 'lua/queue/admit.lua',
        from: "redis.call('ZADD', KEYS[4], unpack(actives))",
        to: "for i = 1, #actives, 2 do redis.call('ZADD', KEYS[4], actives[i], actives[i + 1]) end",
      },
    ],
    project: 'lua',
    testFile: 'test/lua/queue/admit.test.ts',
    test: 'costs a fixed number of commands',
  },
];
