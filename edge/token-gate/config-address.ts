import * as z from 'zod/mini';
import { accountPlaceholder } from '#contract/edge-config.ts';

// Given by the bundler (edge/bundle.ts); absent where the source runs as it is.
declare const URR_EDGE_CONFIG_ADDRESS: string | undefined;

const contextSchema = z.looseObject({ invokedFunctionArn: z.string() });
const arnPattern = /^arn:aws:lambda:[a-z0-9-]+:(\d{12}):function:/;

/**
 * Where the edge configuration is, when no origin tells: on a viewer request there is no origin yet. The bundle holds the
 * address up to the account, which the function's own ARN names. Undefined: a bundle without it, or no such ARN.
 */
export function bundledAddress(
  context: unknown,
  template: string | undefined = typeof URR_EDGE_CONFIG_ADDRESS === 'undefined'
    ? undefined
    : URR_EDGE_CONFIG_ADDRESS,
): string | undefined {
  const parsed = contextSchema.safeParse(context);
  const account = parsed.success ? arnPattern.exec(parsed.data.invokedFunctionArn)?.[1] : undefined;
  if (template === undefined || template === '' || account === undefined) return undefined;
  return template.replace(accountPlaceholder, account);
}
