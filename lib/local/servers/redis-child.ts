import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * The parent process of redis-server. It ends redis-server when the runner ends, even if the runner was killed.
 * Arguments: program, configuration file, folder to delete at the end.
 */
const [program = '', configuration = '', folder = ''] = process.argv.slice(2);
const redis = spawn(program, [configuration], { stdio: ['ignore', 'pipe', 'inherit'] });

function end(code: number): void {
  redis.kill('SIGKILL'); // In memory: nothing to save.
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}
process.on('disconnect', () => end(0));
process.on('message', () => end(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
redis.on('error', () => end(1));
redis.on('exit', () => end(1));

let tail = '';
createInterface({ input: redis.stdout }).on('line', (line) => {
  tail = line;
  if (line.includes('Ready to accept connections')) process.send?.({ redisPid: redis.pid });
  // Redis's output before it ends (a port in use, a bad ACL) is the only diagnosis.
  if (line.includes(' # ')) console.error(tail);
});
