import type { Registry } from '../registry.ts';

type Variable = 'PAYMENT_SECRET' | 'PAYMENT_WEBHOOK_SECRET';

/**
 * Returns the id of a secret that a container of the templates shares with the payment provider.
 * @param variable the container's variable that has the id
 * @throws Error if no container of the templates has the variable
 */
export function sharedSecretId(registry: Registry | undefined, variable: Variable): string {
  for (const { environment } of registry?.taskDefinitions.values() ?? []) {
    const secret = environment[variable];
    if (secret !== undefined) return secret;
  }
  throw new Error(`no container of the templates has ${variable}`);
}

/** Returns the current value of the container's secret, so that a value set by an operator applies to both sides. */
export function sharedSecret(registry: Registry | undefined, variable: Variable): string {
  const secret = sharedSecretId(registry, variable);
  if (registry === undefined) throw new Error('nothing runs yet');
  return registry.secrets.resolve(secret, '', '');
}
