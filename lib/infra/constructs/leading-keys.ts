import type { Conditions } from 'aws-cdk-lib/aws-iam';

/** A grant on these partition keys of a table alone. @param pattern with `*` for any text */
export const keysLike = (pattern: string): Conditions => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [pattern] },
  // Without it the condition would hold for a request that names no key.
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

/** A grant on all other partition keys of a table. */
export const keysUnlike = (pattern: string): Conditions => ({
  'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': [pattern] },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});
