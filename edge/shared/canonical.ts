/**
 * The one spelling of a path that URR accepts. CloudFront selects the behaviour by a normalised path and forwards the
 * raw one, so behaviour, gate and router could read one path in three ways (CWE-551, CWE-647). URR's paths need no
 * escape, no dot segment, no empty segment, no trailing slash and only RFC 3986's unreserved characters. A path with
 * anything else is refused, not normalised.
 *
 * Every module that the CloudFront Function imports uses only its JavaScript: ES 5.1 with const, let, arrow functions
 * and templates; no destructuring, spread, for-of or class. The bundler fails on anything else.
 */
const canonicalPattern = /^\/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*)?$/;

/** URR's longest path has about 150 characters. */
export const pathLengthMax = 512;

/** A segment may contain dots but not begin with one, which excludes `.`, `..` and hidden files. */
export function isCanonicalPath(path: string): boolean {
  return path.length <= pathLengthMax && canonicalPattern.test(path);
}
