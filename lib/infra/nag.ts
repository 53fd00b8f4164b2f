import { type Stack, Token, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Acknowledges intended findings of cdk-nag, each by its exact id with a reason. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(construct).acknowledge({ id, reason });
}

/** Returns partition and account as findings spell them: the value if the stack knows it, else the parameter's name. */
export const spelledInFindings = ({ partition, account }: Stack) => ({
  partition: Token.isUnresolved(partition) ? '<AWS::Partition>' : partition,
  account: Token.isUnresolved(account) ? '<AWS::AccountId>' : account,
});
