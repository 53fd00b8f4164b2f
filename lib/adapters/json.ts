/** Parses JSON from outside; undefined: it is none. What it says is for a schema to judge. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
