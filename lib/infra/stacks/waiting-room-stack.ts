import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Catalogue } from '../constructs/catalogue.ts';
import { CounterAdvancer } from '../constructs/counter-advancer.ts';
import { HttpEntrance } from '../constructs/http-entrance.ts';
import { KeyRotation } from '../constructs/key-rotation.ts';
import { VwrApi } from '../constructs/vwr-api.ts';
import type { Settings } from '../settings/schema.ts';
import type { IdentityStack } from './identity-stack.ts';
import type { StateStack } from './state-stack.ts';

export interface WaitingRoomStackProps extends StackProps {
  readonly settings: Settings;
  readonly state: StateStack;
  readonly identity: IdentityStack;
}

/** Tier 1: the line, its API, its advancer and the keys that sign its tokens. */
export class WaitingRoomStack extends Stack {
  readonly vwrApi: VwrApi;
  readonly catalogue: Catalogue;
  readonly advancer: CounterAdvancer;
  readonly entrance: HttpEntrance;

  constructor(scope: Construct, id: string, props: WaitingRoomStackProps) {
    super(scope, id, props);
    const { settings, state, identity } = props;
    const { tables, signingKeys, publicKeys, originSecret, edgeConfigBucket, alarmTopic } = state;
    new KeyRotation(this, 'KeyRotation', { settings, signingKeys, publicKeys, alarmTopic });
    this.vwrApi = new VwrApi(this, 'VwrApi', {
      settings,
      tables,
      buyers: identity.buyers,
      signingKeys,
      originSecret,
      alarmTopic,
    });
    this.catalogue = new Catalogue(this, 'Catalogue', {
      settings,
      events: tables.events,
      stats: tables.stats,
      originSecret,
      alarmTopic,
    });
    this.advancer = new CounterAdvancer(this, 'CounterAdvancer', {
      settings,
      tables,
      buyers: identity.buyers,
      publicKeys,
      edgeConfigBucket,
      alarmTopic,
    });
    this.entrance = new HttpEntrance(this, 'HttpEntrance', {
      settings,
      services: {
        'vwr-api': this.vwrApi.function.lambda,
        catalogue: this.catalogue.function.lambda,
        auth: identity.auth.function.lambda,
      },
      alarmTopic,
    });
  }
}
