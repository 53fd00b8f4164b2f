import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { SeatLock } from '../constructs/seat-lock.ts';
import type { Settings } from '../settings/schema.ts';
import type { IdentityStack } from './identity-stack.ts';
import type { QueueStack } from './queue-stack.ts';
import type { StateStack } from './state-stack.ts';

export interface SalesStackProps extends StackProps {
  readonly settings: Settings;
  readonly state: StateStack;
  readonly identity: IdentityStack;
  readonly queue: QueueStack;
}

/** Seats, reservations and payment: the seat-lock worker, with the same entrance and the same Redis as the queue. */
export class SalesStack extends Stack {
  readonly seatLock: SeatLock;

  constructor(scope: Construct, id: string, props: SalesStackProps) {
    super(scope, id, props);
    const { state, identity, queue } = props;
    const { tables, salesTables, publicKeys, paymentSecrets } = state;
    this.seatLock = new SeatLock(this, 'SeatLock', {
      ...queue.surroundings,
      tables,
      salesTables,
      publicKeys,
      paymentSecrets,
      buyers: identity.buyers,
      sessions: identity.auth.sessions,
    });
  }
}
