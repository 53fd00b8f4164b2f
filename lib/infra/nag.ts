import { type Stack, Token, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Findings of cdk-nag that hold here on purpose, each by its exact id with its reason. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(construct).acknowledge({ id, reason });
}

/** Partition and account as findings spell them: by value where the stack knows it, else by the parameter's name. */
export const spelledInFindings = ({ partition, account }: Stack) => ({
  partition: Token.isUnresolved(partition) ? '<AWS::Partition>' : partition,
  account: Token.isUnresolved(account) ? '<AWS::AccountId>' : account,
});
