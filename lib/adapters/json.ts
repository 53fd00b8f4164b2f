/** Parses JSON from outside; undefined: invalid JSON. The caller validates the value with a schema. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
