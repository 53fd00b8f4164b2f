import type { Conditions } from 'aws-cdk-lib/aws-iam';

/** Restricts a grant to these partition keys of a table. @param pattern with `*` for any text */
export const keysLike = (pattern: string): Conditions => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [pattern] },
  // Without this the condition would also hold for a request without a key.
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

/** Restricts a grant to all other partition keys of a table. */
export const keysUnlike = (pattern: string): Conditions => ({
  'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': [pattern] },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});
