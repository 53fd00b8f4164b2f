import { eventIdPattern } from '#contract/event-names.ts';
import type { Access, Route } from '#contract/routes.ts';

/** What a route requires, without its path. */
export interface Leaf {
  readonly access: Access;
  readonly kind: Route['kind'];
}

/**
 * The route table as a tree of segments: a match costs the depth of the path, not the length of the table. It is short,
 * because the CloudFront Function has 10 KB. The keys `/segment`, `:event`, `:id` and `:file` lead to nodes, and a
 * method to the code of a leaf. The leading character keeps a key such as `__proto__` from naming an inherited
 * property.
 */
export interface RouteTree {
  readonly [key: string]: RouteTree | number;
}

export type RouteMatch =
  | { readonly outcome: 'match'; readonly leaf: Leaf; readonly eventId: string | undefined }
  | { readonly outcome: 'method'; readonly allow: string }
  | { readonly outcome: 'none' };

const accesses: readonly Access[] = ['public', 'user', 'pass', 'entry'];
const kinds: readonly Route['kind'][] = ['page', 'api', 'asset'];

/** Returns a leaf as a small number: its indexes in the two lists. */
export function leafCode(leaf: Leaf): number {
  return accesses.indexOf(leaf.access) * kinds.length + kinds.indexOf(leaf.kind);
}
function leafOfCode(code: number): Leaf {
  const kind = kinds[code % kinds.length];
  const access = accesses[Math.floor(code / kinds.length)];
  if (kind === undefined || access === undefined) throw new Error('unknown leaf code');
  return { access, kind };
}

const placeholders: readonly { readonly key: string; readonly pattern: RegExp }[] = [
  { key: ':event', pattern: eventIdPattern },
  { key: ':id', pattern: /^[A-Za-z0-9_-]{1,128}$/ },
  { key: ':file', pattern: /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/ },
];

/**
 * Returns the route of a path. HEAD counts as GET.
 * @param path canonical
 */
export function matchRoute(tree: RouteTree, method: string, path: string): RouteMatch {
  const found = descend(tree, path === '/' ? [] : path.slice(1).split('/'), 0, method, undefined);
  return found === undefined ? { outcome: 'none' } : found;
}

/**
 * Tries the literal segment first, then event, id and file. Keeps the methods of a path that exists for other methods.
 */
function descend(
  node: RouteTree,
  segments: readonly string[],
  depth: number,
  method: string,
  eventId: string | undefined,
): RouteMatch | undefined {
  const segment = segments[depth];
  if (segment === undefined) return end(node, method, eventId);
  const literal = node[`/${segment}`];
  let best = typeof literal === 'object' ? descend(literal, segments, depth + 1, method, eventId) : undefined;
  for (let index = 0; index < placeholders.length; index += 1) {
    if (best !== undefined && best.outcome === 'match') return best;
    const placeholder = placeholders[index];
    const next = placeholder === undefined ? undefined : node[placeholder.key];
    if (placeholder !== undefined && typeof next === 'object' && placeholder.pattern.test(segment)) {
      const found = descend(next, segments, depth + 1, method, index === 0 ? segment : eventId);
      if (best === undefined || (found !== undefined && found.outcome === 'match')) best = found;
    }
  }
  return best;
}

function end(node: RouteTree, method: string, eventId: string | undefined): RouteMatch | undefined {
  const code = node[method === 'HEAD' ? 'GET' : method];
  if (typeof code === 'number') return { outcome: 'match', leaf: leafOfCode(code), eventId };
  const allow = Object.keys(node).filter((key) => typeof node[key] === 'number');
  if (allow.length === 0) return undefined;
  if (allow.indexOf('GET') >= 0) allow.push('HEAD');
  return { outcome: 'method', allow: allow.join(', ') };
}
