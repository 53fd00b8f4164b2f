import type { World } from '../world.ts';

/**
 * The current value of a secret that a container of the templates shares with the payment provider, by the variable that
 * names it. Read from where the container reads it, so that a value the operator puts there is the provider's too.
 *
 * @throws Error when no container of the templates has it
 */
export function sharedSecret(
  world: World | undefined,
  variable: 'PAYMENT_SECRET' | 'PAYMENT_WEBHOOK_SECRET',
): string {
  for (const { environment } of world?.taskDefinitions.values() ?? []) {
    const secret = environment[variable];
    if (secret !== undefined && world !== undefined) return world.secrets.resolve(secret, '', '');
  }
  throw new Error(`no container of the templates has ${variable}`);
}
