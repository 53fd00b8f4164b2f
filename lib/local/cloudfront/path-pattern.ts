/**
 * Normalises a path as CloudFront does (RFC 3986) before it selects the cache behaviour. The raw path is forwarded, so
 * edge code and origin may see another path than the selection
 * (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern).
 */
export function normalisePath(rawPath: string): string {
  const decoded = rawPath.replace(/%[0-9A-Fa-f]{2}/g, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : escaped.toUpperCase();
  });
  const kept: string[] = [];
  const segments = decoded
    .replace(/\/{2,}/g, '/')
    .split('/')
    .slice(1);
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment === '.' || segment === '..') {
      if (isLast) kept.push('');
    } else kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

/** `*` is any run of characters, `?` exactly one. Patterns are case-sensitive and may lack the leading slash. */
export function patternToRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/^\//, '')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^/${source}$`, 's');
}

/** Returns the first behaviour whose pattern matches, or the default. */
export function selectBehaviour<Behaviour extends { readonly pattern: RegExp | undefined }>(
  behaviours: readonly Behaviour[],
  fallback: Behaviour,
  rawPath: string,
): Behaviour {
  const path = normalisePath(rawPath);
  return behaviours.find(({ pattern }) => pattern?.test(path)) ?? fallback;
}
