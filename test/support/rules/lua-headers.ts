const header = /^--\[\[ ([\s\S]*?)\]\]\n/;
const sectionNames = ['Guarantees', 'Returns', 'Time', 'Cost'] as const;
/** Commands whose cost grows with the keyspace or with a key (A1). */
const unbounded =
  /redis\.p?call\('(KEYS|SCAN|SSCAN|HSCAN|ZSCAN|SMEMBERS|HGETALL|HKEYS|HVALS|FLUSHALL|FLUSHDB|SORT|LRANGE)'/;

/** Returns the problems of a script's header and body; empty: the contract holds. */
export function luaProblems(source: string, wrapperKeys: number): string[] {
  const match = header.exec(source);
  if (match === null) return ['there is no header'];
  const text = match[1] ?? '';
  const body = source.slice(match[0].length);
  return [
    ...sectionNames
      .filter((name) => !new RegExp(`^${name}\\b`, 'm').test(text))
      .map((name) => `the header has no ${name}`),
    ...(/Returns \{code/.test(text) ? [] : ['the header does not say Returns {code, …}']),
    ...(/^ {2}code 0 /m.test(text) ? [] : ['the header explains no codes']),
    ...indexProblems('KEYS', text, body),
    ...indexProblems('ARGV', text, body),
    ...(documented('KEYS', text).count === wrapperKeys
      ? []
      : [`the wrapper gives ${wrapperKeys} keys, the header documents ${documented('KEYS', text).count}`]),
    ...boundProblems(body),
    ...unitProblems(text),
  ];
}

function documented(
  list: 'KEYS' | 'ARGV',
  text: string,
): { count: number; isOpen: boolean; indexes: number[] } {
  const found = [...text.matchAll(new RegExp(`${list}\\[(\\d+)(\\.\\.)?\\] \\S`, 'g'))];
  const indexes = found.map((m) => Number(m[1]));
  return { indexes, count: Math.max(0, ...indexes), isOpen: found.some((m) => m[2] !== undefined) };
}

function indexProblems(list: 'KEYS' | 'ARGV', text: string, body: string): string[] {
  const { indexes, count, isOpen } = documented(list, text);
  const problems: string[] = [];
  const expected = Array.from({ length: count }, (_, i) => i + 1);
  if (indexes.join() !== expected.join())
    problems.push(`${list} indexes are documented as ${indexes.join()}`);
  const used = new Set([...body.matchAll(new RegExp(`${list}\\[(\\d+)\\]`, 'g'))].map((m) => Number(m[1])));
  for (const index of used)
    if (!indexes.includes(index)) problems.push(`${list}[${index}] is used, not documented`);
  const computed = new RegExp(`${list}\\[[^\\d\\]]`).test(body);
  if (computed && !isOpen)
    problems.push(`${list} is read by a computed index, which the header does not document`);
  for (const index of expected)
    if (!used.has(index) && !(isOpen && index === count && computed))
      problems.push(`${list}[${index}] is documented, not used`);
  return problems;
}

function boundProblems(body: string): string[] {
  const problems: string[] = [];
  const found = unbounded.exec(body);
  if (found !== null) problems.push(`${found[1]} has no bound`);
  for (const [, command, key] of body.matchAll(/redis\.p?call\('([A-Z]+)', ([^,)]+)/g))
    if (!/^KEYS\[\d+\]$|^key$/.test(key ?? '') && !['INFO', 'TIME'].includes(command ?? ''))
      problems.push(`${command} names a key that is not declared: ${key}`);
  if (/\brepeat\b/.test(body)) problems.push('a repeat loop shows no bound');
  for (const [, condition] of body.matchAll(/\bwhile (.*?) do\b/g))
    if (!/_max\b/.test(condition ?? '')) problems.push(`a while loop shows no bound: ${condition}`);
  return problems;
}

/** Arguments that are times or counts say so: `_ms`, `_max`, or in words. */
function unitProblems(text: string): string[] {
  return [...text.matchAll(/ARGV\[(\d+)\] (\w+)/g)]
    .filter(([, , name]) => /(?:time|ttl|wait|grace|life)$/.test(name ?? ''))
    .map(([, index, name]) => `ARGV[${index}] ${name} has no unit`);
}
