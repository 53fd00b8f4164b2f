import { ownCookiePrefix, tokenHeader } from '#contract/token-names.ts';
import type { Pair } from '#core/access/pairs.ts';
import { isCanonicalPath } from './canonical.ts';
import { type Refusal, refuse } from './refusal.ts';

/** In characters. URR's longest query is the sign-in callback, below 1,500. */
const queryLengthMax = 4096;
const parametersMax = 50;
const namePattern = /^[A-Za-z0-9_.~-]{1,64}$/;
const forbiddenNames = ['__proto__', 'constructor', 'prototype', '_method', 'vwrPosition', 'token'];
/**
 * Parameters with a target address. Only a canonical path of this site is allowed, never `//evil` or `javascript:`
 * (limits.md 45).
 */
const pathNames = ['next', 'returnTo', 'redirectTo'];

/**
 * Refuses a query with a token (E13), a method override, or a repeated name, of which readers could use different
 * values.
 */
export function screenQuery(query: readonly Pair[]): Refusal | undefined {
  if (query.length > parametersMax)
    return refuse('BAD_REQUEST', `send at most ${parametersMax} query parameters`);
  const seen: { [name: string]: true } = {};
  let length = 0;
  for (let index = 0; index < query.length; index += 1) {
    const pair = query[index];
    if (pair === undefined) continue;
    length += pair.name.length + pair.value.length + 2;
    const name = decoded(pair.name);
    if (name === undefined || !namePattern.test(name) || forbiddenNames.indexOf(name) >= 0) {
      return refuse('BAD_REQUEST', 'remove the forbidden query parameter');
    }
    if (isTokenName(name.toLowerCase()))
      return refuse('BAD_REQUEST', 'send tokens in headers, not in the query');
    if (seen[`/${name}`] === true) return refuse('BAD_REQUEST', 'send each query parameter once');
    seen[`/${name}`] = true;
    if (pathNames.indexOf(name) >= 0) {
      const value = decoded(pair.value);
      if (value === undefined || !isCanonicalPath(value)) {
        return refuse('BAD_REQUEST', `${name} must be a path of this site`);
      }
    }
  }
  return length > queryLengthMax
    ? refuse('BAD_REQUEST', `send a query of at most ${queryLengthMax} characters`)
    : undefined;
}

function isTokenName(name: string): boolean {
  return (
    name.indexOf(ownCookiePrefix.toLowerCase()) === 0 ||
    name.indexOf('urr-') === 0 ||
    name.indexOf('x-urr-') === 0 ||
    name === tokenHeader.entry
  );
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (_) {
    return undefined;
  }
}
