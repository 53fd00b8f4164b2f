import * as z from 'zod/mini';
import { accountPlaceholder } from '#contract/edge-config.ts';

// Set by the bundler (edge/bundle.ts). Absent when the source runs unbundled.
declare const URR_EDGE_CONFIG_ADDRESS: string | undefined;

const contextSchema = z.looseObject({ invokedFunctionArn: z.string() });
const arnPattern = /^arn:aws:lambda:[a-z0-9-]+:(\d{12}):function:/;

/**
 * Returns the address of the edge configuration for a viewer request, which has no origin header with it. The bundle
 * contains the address without the account, which comes from the function's own ARN. Undefined: the bundle has no
 * address, or the context no such ARN.
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
