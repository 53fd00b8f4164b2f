/** Log lines of the running system, without cookies and tokens. */
export interface Log {
  info(source: string, message: string): void;
  warn(source: string, message: string): void;
  /** A line that a Lambda or a server wrote. */
  output(source: string, line: string): void;
}

/** A compact JWS anywhere in a line, and the values of URR's cookies, because each grants access to its holder. */
const secretPatterns = [
  /eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*/g,
  /(?<=__Host-[A-Za-z0-9-]+=)[^;\s"]+/g,
  /(?<="d":")[^"]+/g,
];

export function mask(line: string): string {
  return secretPatterns.reduce((masked, pattern) => masked.replaceAll(pattern, '***'), line);
}

const lineLengthMax = 2000;

export function createLog(write: (line: string) => void): Log {
  const say = (source: string, message: string) => {
    const line = mask(message).slice(0, lineLengthMax);
    write(`${new Date().toISOString().slice(11, 19)} ${source.padEnd(18)} ${line}`);
  };
  return {
    info: say,
    warn: (source, message) => say(source, `! ${message}`),
    output: (source, line) => {
      const readable = readStructured(line);
      if (readable !== undefined) say(source, readable);
    },
  };
}

export const silentLog: Log = { info: () => {}, warn: () => {}, output: () => {} };

/** Returns level and message of a JSON line of Powertools. Metrics (embedded metric format) are left out. */
function readStructured(line: string): string | undefined {
  if (!line.startsWith('{')) return line.trim() === '' ? undefined : line;
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null) return line;
    if ('_aws' in entry) return undefined;
    if (!('level' in entry) || !('message' in entry)) return line;
    const {
      level,
      message,
      timestamp: _,
      service: __,
      ...rest
    } = Object.assign({ timestamp: '', service: '' }, entry);
    const lambdaNoise = /^(cold_start|function_|xray_|sampling_rate)/;
    const details = Object.fromEntries(Object.entries(rest).filter(([key]) => !lambdaNoise.test(key)));
    const tail = Object.keys(details).length === 0 ? '' : ` ${JSON.stringify(details)}`;
    return `${String(level)} ${String(message)}${tail}`;
  } catch {
    return line;
  }
}
