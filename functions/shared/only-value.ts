import type { Presented } from '#core/access/presented.ts';
import { UrrError } from '#core/errors.ts';

type One = Extract<Presented, { readonly state: 'one' }>;

/**
 * Returns the presented value; undefined: none.
 * @throws UrrError BAD_REQUEST if two values differ
 */
export function onlyValue(presented: Presented, name: string): One | undefined {
  if (presented.state === 'conflict')
    throw new UrrError('BAD_REQUEST', `${name} has two different values; send one`);
  return presented.state === 'one' ? presented : undefined;
}
