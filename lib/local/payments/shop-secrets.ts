import type { Registry } from '../registry.ts';

type Variable = 'PAYMENT_SECRET' | 'PAYMENT_WEBHOOK_SECRET';

/**
 * The name of a secret that a container of the templates shares with the payment provider, by the variable that names it.
 *
 * @throws Error when no container of the templates has it
 */
export function sharedSecretId(registry: Registry | undefined, variable: Variable): string {
  for (const { environment } of registry?.taskDefinitions.values() ?? []) {
    const secret = environment[variable];
    if (secret !== undefined) return secret;
  }
  throw new Error(`no container of the templates has ${variable}`);
}

/** Returns the current value, from the same secret as the container's, so that a value of the operator applies to both. */
export function sharedSecret(registry: Registry | undefined, variable: Variable): string {
  const secret = sharedSecretId(registry, variable);
  if (registry === undefined) throw new Error('nothing runs yet');
  return registry.secrets.resolve(secret, '', '');
}
