/**
 * The part of a Dockerfile that a process without Docker can follow. An image here is Node with copied files; an
 * instruction that builds something has no local form.
 */
interface ImageDescription {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const withoutEffect = new Set(['FROM', 'WORKDIR', 'USER', 'EXPOSE', 'LABEL', 'HEALTHCHECK', 'STOPSIGNAL']);

export function parseDockerfile(text: string): ImageDescription {
  const environment: Record<string, string> = {};
  let entrypoint: readonly string[] = [];
  let command: readonly string[] = [];
  const lines = text.replace(/\\\n/g, ' ').split('\n');
  for (const line of lines) {
    const [, instruction = '', rest = ''] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (line.trim() === '' || line.trim().startsWith('#') || withoutEffect.has(instruction.toUpperCase()))
      continue;
    switch (instruction.toUpperCase()) {
      case 'CMD':
        command = execForm(rest);
        break;
      case 'ENTRYPOINT':
        entrypoint = execForm(rest);
        break;
      case 'ENV':
        for (const match of rest.matchAll(/([A-Za-z_]\w*)=("[^"]*"|\S*)/g))
          environment[match[1] ?? ''] = (match[2] ?? '').replace(/^"|"$/g, '');
        break;
      case 'COPY':
        // The files are not copied: the process runs in their source folder, so names and places must not change.
        for (const source of rest.split(/\s+/).slice(0, -1))
          if (source.startsWith('--') || source.startsWith('/') || source.includes('..'))
            throw new Error(`Dockerfile: COPY ${rest} has no local form`);
        break;
      default:
        throw new Error(`Dockerfile: ${instruction} has no local form`);
    }
  }
  return { command: [...entrypoint, ...command], environment };
}

function execForm(text: string): string[] {
  const parsed: unknown = text.startsWith('[') ? JSON.parse(text) : undefined;
  if (!Array.isArray(parsed) || !parsed.every((part) => typeof part === 'string'))
    throw new Error('Dockerfile: only the exec form of CMD and ENTRYPOINT has a local form');
  return parsed;
}
