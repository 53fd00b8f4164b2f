/**
 * The one spelling of a path that URR accepts. CloudFront normalises a path to choose the behaviour and sends the raw
 * one to the origin, so behaviour, gate and router could read one path in three ways (CWE-551, CWE-647). None of our
 * paths needs an escape, a dot segment, an empty segment, a trailing slash or a character outside RFC 3986's unreserved
 * ones, so whatever has one is refused rather than normalised.
 *
 * Everything that the CloudFront Function imports keeps to its JavaScript: ES 5.1 with const, let, arrow
 * functions and templates; no destructuring, spread, for-of or class. The bundler fails on anything else.
 */
const canonicalPattern = /^\/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*)?$/;

/** Our longest path has about 150 characters. */
export const pathLengthMax = 512;

/** A segment may hold dots but not begin with one: no `.`, no `..`, no hidden file. */
export function isCanonicalPath(path: string): boolean {
  return path.length <= pathLengthMax && canonicalPattern.test(path);
}
