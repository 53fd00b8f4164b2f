import type { LineMode } from '#contract/event.ts';

/**
 * Columns of the access table and the expected answers. They are written here a second time, and import nothing that
 * the gate, the workers or the API import.
 */
export const modes = ['both', 'waiting-room', 'queue'] as const satisfies readonly LineMode[];
/** `unknown`: no such event. The states from `paused` on decide which visitors are called, and not access. */
export const states = [
  'open',
  'inactive',
  'closed',
  'draft',
  'unknown',
  'paused',
  'sold-out',
  'upcoming',
] as const;
export type State = (typeof states)[number];

/** `needs`: the access in contract/routes.ts. `worker`: the worker that responds; undefined: the route is a page. */
interface TableRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly needs: 'user' | 'pass' | 'entry';
  readonly worker?: 'admission' | 'seat-lock';
}
const tableRoutes: readonly TableRoute[] = [
  { method: 'GET', path: '/queue/{eventId}', needs: 'pass' },
  { method: 'GET', path: '/seats/{eventId}', needs: 'entry' },
  { method: 'POST', path: '/api/v1/queue/check/{eventId}', needs: 'pass', worker: 'admission' },
  { method: 'GET', path: '/api/v1/queue/status/{eventId}', needs: 'pass', worker: 'admission' },
  { method: 'POST', path: '/api/v1/queue/heartbeat/{eventId}', needs: 'pass', worker: 'admission' },
  { method: 'POST', path: '/api/v1/queue/away/{eventId}', needs: 'entry', worker: 'admission' },
  { method: 'POST', path: '/api/v1/queue/leave/{eventId}', needs: 'pass', worker: 'admission' },
  { method: 'GET', path: '/api/v1/queue/threshold/{eventId}', needs: 'user', worker: 'admission' },
  { method: 'GET', path: '/api/v1/seats/events/{eventId}', needs: 'entry', worker: 'seat-lock' },
  { method: 'POST', path: '/api/v1/seats/reserve', needs: 'entry', worker: 'seat-lock' },
  { method: 'GET', path: '/api/v1/reservations/mine', needs: 'user', worker: 'seat-lock' },
];

/** Tokens of the requested event, unless the name says otherwise. `forged`: signed with another key. */
const tokenChoices = [
  'none',
  'pass of the visitor',
  'pass of the account',
  'pass of another visitor',
  'pass of another account',
  'pass of an older line',
  'pass of another event',
  'pass, forged',
  'pass, ended',
  'entry',
  'entry of another account',
  'entry of an older line',
  'entry of another event',
  'entry, forged',
  'pass and entry',
  'pass, and entry of another account',
] as const;
export type TokenChoice = (typeof tokenChoices)[number];
/** `ended`: expired half a minute ago. `two that differ`: a cookie and another account's bearer. */
const accountChoices = ['none', 'cookie', 'bearer', 'ended', 'id token', 'two that differ'] as const;
export type AccountChoice = (typeof accountChoices)[number];
export const carriers = ['cookies', 'headers'] as const;
type Carrier = (typeof carriers)[number];

export interface Case {
  readonly route: TableRoute;
  readonly mode: LineMode;
  readonly state: State;
  readonly token: TokenChoice;
  readonly account: AccountChoice;
  readonly carrier: Carrier;
}
/**
 * `through`: forwarded. `granted`: handled, or refused for another reason than access. Otherwise the code of the
 * refusal.
 */
export type Answer = 'through' | 'granted' | string;

export function cases(): Case[] {
  const made: Case[] = [];
  for (const route of tableRoutes)
    for (const mode of modes)
      for (const state of states)
        for (const token of tokenChoices)
          for (const account of accountChoices)
            for (const carrier of carriers) {
              const one = { route, mode, state, token, account, carrier };
              if (isWorthAsking(one)) made.push(one);
            }
  return made;
}

/** All cases of an open event. Of the other states, only the credentials that could open something. */
function isWorthAsking({ state, token, account, carrier }: Case): boolean {
  const isPlain = ['none', 'pass of the visitor', 'pass of the account', 'entry'].includes(token);
  if (carrier === 'headers') return state === 'open' && (account === 'none' || account === 'bearer');
  if (account === 'none' || account === 'cookie') return state === 'open' || isPlain;
  return state === 'open' && (account === 'bearer' || isPlain);
}

const isSignedIn = ({ account }: Case) => account === 'cookie' || account === 'bearer';
const hasNoLine = ({ state }: Case) => state === 'inactive' || state === 'closed';
const isNowhere = ({ state }: Case) => state === 'draft' || state === 'unknown';

/** Owner of a token that is valid for this event and line. `anyone`: the browser, with any account. */
type Owner = 'anyone' | 'account' | 'somebody else';
function goodTokens({ token }: Case): { readonly pass?: Owner; readonly entry?: Owner } {
  switch (token) {
    case 'pass of the visitor':
      return { pass: 'anyone' };
    case 'pass of the account':
      return { pass: 'account' };
    case 'pass of another visitor':
    case 'pass of another account':
      return { pass: 'somebody else' };
    case 'entry':
      return { entry: 'account' };
    case 'entry of another account':
      return { entry: 'somebody else' };
    case 'pass and entry':
      return { pass: 'anyone', entry: 'account' };
    case 'pass, and entry of another account':
      return { pass: 'anyone', entry: 'somebody else' };
    default:
      return {};
  }
}

/** Returns the tokens of which one opens the route; undefined: none is needed. */
function openers({ route, mode }: Case): readonly ('pass' | 'entry')[] | undefined {
  if (route.needs === 'entry') return mode === 'waiting-room' ? ['pass'] : ['entry'];
  if (mode === 'queue') return undefined;
  return mode === 'waiting-room' ? ['pass'] : ['pass', 'entry'];
}

/** The gate requires the line's token, and the account only for the token of an account. */
export function gateAnswer(one: Case): Answer {
  const { route } = one;
  if (one.account === 'two that differ') return 'BAD_REQUEST';
  if (route.needs === 'user') return isSignedIn(one) ? 'through' : 'NOT_SIGNED_IN';
  if (isNowhere(one) || one.state === 'closed') return refusalFor(route.needs);
  if (hasNoLine(one)) return 'through';
  const kinds = openers(one);
  if (kinds === undefined) return isSignedIn(one) || route.worker === undefined ? 'through' : 'NOT_SIGNED_IN';
  const good = goodTokens(one);
  const owners = kinds.flatMap((kind) => good[kind] ?? []);
  if (owners.includes('anyone')) return 'through';
  if (owners.includes('account')) return isSignedIn(one) ? 'through' : 'NOT_SIGNED_IN';
  const isOfAnotherAccount = owners.length > 0 && one.token !== 'pass of another visitor';
  if (isOfAnotherAccount && !isSignedIn(one)) return 'NOT_SIGNED_IN';
  return refusalFor(kinds.includes('pass') ? 'pass' : 'entry');
}

/** The worker requires the account first, and then the same tokens as the gate. */
export function workerAnswer(one: Case): Answer {
  const { route, mode } = one;
  if (one.account === 'two that differ') return 'BAD_REQUEST';
  if (!isSignedIn(one)) return 'NOT_SIGNED_IN';
  if (route.needs === 'user') return route.path.includes('threshold') ? 'FORBIDDEN' : 'granted';
  if (isNowhere(one)) return 'EVENT_NOT_FOUND';
  const isQueue = route.worker === 'admission';
  if (isQueue && (mode === 'waiting-room' || hasNoLine(one))) return 'WAITING_ROOM_INACTIVE';
  const good = goodTokens(one);
  // A token of another owner has its own code, so that the page can explain it. The sale reads only the token that
  // opens it.
  const tokenOfSale = mode === 'waiting-room' ? 'pass' : 'entry';
  const read: readonly ('pass' | 'entry')[] = isQueue ? ['pass', 'entry'] : [tokenOfSale];
  if (read.some((kind) => good[kind] === 'somebody else')) return 'WRONG_ACCOUNT';
  if (hasNoLine(one)) return 'granted';
  const kinds = openers(one);
  if (kinds === undefined || kinds.some((kind) => good[kind] !== undefined)) return 'granted';
  return refusalFor(kinds.includes('pass') ? 'pass' : 'entry');
}

const refusalFor = (needs: 'pass' | 'entry') => (needs === 'pass' ? 'PASS_REQUIRED' : 'ENTRY_TOKEN_REQUIRED');

/** Tier 1's API: a ticket is valid only with its owner. */
const ticketChoices = [
  'none',
  'of the visitor',
  'of the account',
  'of another visitor',
  'of another account',
  'of an older line',
  'of another event',
  'of another request',
  'forged',
] as const;
export type TicketChoice = (typeof ticketChoices)[number];

export interface ApiCase {
  readonly call: 'assign' | 'check';
  readonly mode: LineMode;
  readonly state: State;
  readonly requiresSignIn: boolean;
  readonly ticket: TicketChoice;
  readonly account: AccountChoice;
  readonly carrier: Carrier;
}

export function apiCases(): ApiCase[] {
  const made: ApiCase[] = [];
  for (const call of ['assign', 'check'] as const)
    for (const mode of modes)
      for (const state of states)
        for (const requiresSignIn of [false, true])
          for (const ticket of ticketChoices)
            for (const account of accountChoices)
              for (const carrier of carriers) {
                const isOpen = state === 'open' && mode !== 'queue';
                const isPlain = ['none', 'of the visitor'].includes(ticket) && carrier === 'cookies';
                // Joining reads no ticket.
                if (call === 'assign' ? ticket === 'none' : isOpen || isPlain)
                  made.push({ call, mode, state, requiresSignIn, ticket, account, carrier });
              }
  return made;
}

export function apiAnswer(one: ApiCase): Answer {
  const { call, ticket, requiresSignIn } = one;
  const isSignedIn = one.account === 'cookie' || one.account === 'bearer';
  if (one.state === 'draft' || one.state === 'unknown') return 'EVENT_NOT_FOUND';
  if (one.mode === 'queue' || one.state === 'inactive' || one.state === 'closed')
    return call === 'assign' ? 'WAITING_ROOM_INACTIVE' : 'granted';
  const isTorn = one.account === 'two that differ';
  if (call === 'assign' && isTorn) return 'BAD_REQUEST';
  if (call === 'assign') return requiresSignIn && !isSignedIn ? 'NOT_SIGNED_IN' : 'granted';
  if (ticket === 'none' || ticket === 'forged' || ticket === 'of another event') return 'TICKET_REQUIRED';
  if (isTorn) return 'BAD_REQUEST';
  const isOfAccount = ticket === 'of the account' || ticket === 'of another account';
  if (!isSignedIn && (requiresSignIn || isOfAccount)) return 'NOT_SIGNED_IN';
  if (ticket === 'of another account' || ticket === 'of another visitor') return 'WRONG_ACCOUNT';
  // Assign moves the visitor's place to the account first.
  if (requiresSignIn && !isOfAccount) return 'TICKET_REQUIRED';
  return ticket === 'of another request' ? 'FORBIDDEN' : 'granted';
}
