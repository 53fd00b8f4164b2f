import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Auth } from '../constructs/auth.ts';
import { Buyers } from '../constructs/user-pool.ts';
import type { Settings } from '../settings/schema.ts';
import type { StateStack } from './state-stack.ts';

export interface IdentityStackProps extends StackProps {
  readonly settings: Settings;
  readonly state: StateStack;
}

/** Accounts: the user pool, and the function for sign-in. */
export class IdentityStack extends Stack {
  readonly buyers: Buyers;
  readonly auth: Auth;

  constructor(scope: Construct, id: string, props: IdentityStackProps) {
    super(scope, id, props);
    const { settings, state } = props;
    const { originSecret, alarmTopic } = state;
    this.buyers = new Buyers(this, 'Buyers', { settings });
    this.auth = new Auth(this, 'Auth', { settings, buyers: this.buyers, originSecret, alarmTopic });
  }
}
