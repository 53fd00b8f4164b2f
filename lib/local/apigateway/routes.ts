/**
 * Route selection of an HTTP API: the most specific match wins. Full match, then greedy path variable, then `$default`
 * (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
 */
export interface ApiRoute<Target> {
  readonly routeKey: string;
  readonly target: Target;
}

export interface RouteMatch<Target> {
  readonly route: ApiRoute<Target>;
  readonly pathParameters: Readonly<Record<string, string>>;
}

export function selectRoute<Target>(
  routes: readonly ApiRoute<Target>[],
  method: string,
  path: string,
): RouteMatch<Target> | undefined {
  const candidates: (RouteMatch<Target> & { readonly rank: number })[] = [];
  for (const route of routes) {
    if (route.routeKey === '$default') {
      candidates.push({ route, pathParameters: {}, rank: 0 });
      continue;
    }
    const [routeMethod = '', template = ''] = route.routeKey.split(' ');
    if (routeMethod !== 'ANY' && routeMethod !== method) continue;
    const match = matchTemplate(template, path);
    if (match === undefined) continue;
    const rank = 2 + match.literals * 4 + (match.isGreedy ? 0 : 2) + (routeMethod === 'ANY' ? 0 : 1);
    candidates.push({ route, pathParameters: match.parameters, rank });
  }
  candidates.sort((left, right) => right.rank - left.rank);
  return candidates[0];
}

function matchTemplate(template: string, path: string) {
  const expected = template.split('/').slice(1);
  const given = path.split('/').slice(1);
  const parameters: Record<string, string> = {};
  let literals = 0;
  for (const [index, part] of expected.entries()) {
    const variable = /^\{([^+}]+)(\+?)\}$/.exec(part);
    const segment = given[index];
    if (segment === undefined) return undefined;
    if (variable?.[1] === undefined) {
      if (part !== segment) return undefined;
      literals += 1;
    } else if (variable[2] === '+') {
      parameters[variable[1]] = decode(given.slice(index).join('/'));
      return { parameters, literals, isGreedy: true };
    } else {
      if (segment === '') return undefined;
      parameters[variable[1]] = decode(segment);
    }
  }
  return given.length === expected.length ? { parameters, literals, isGreedy: false } : undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
