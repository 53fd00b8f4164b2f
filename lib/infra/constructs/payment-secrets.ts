import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.ts';
import { removalPolicy } from '../removal.ts';
import type { Settings } from '../settings/schema.ts';

export interface PaymentSecretsProps {
  readonly settings: Settings;
}

/**
 * The payment provider's secrets, as plain text. They start with a random value without effect; the operator stores the
 * provider's values (runbook, procedures), so no template contains them.
 */
export class PaymentSecrets extends Construct {
  /** Authorizes calls to the provider. */
  readonly key: Secret;
  /** Key of the signatures of the provider's webhooks. */
  readonly webhook: Secret;

  constructor(scope: Construct, id: string, props: PaymentSecretsProps) {
    super(scope, id);
    const secret = (name: string, description: string) => {
      const made = new Secret(this, name, {
        description,
        generateSecretString: { passwordLength: 64, excludePunctuation: true },
        removalPolicy: removalPolicy(props.settings),
      });
      acknowledge(made, {
        'AwsSolutions-SMG4':
          'The provider creates and rotates the value, and an operator stores it here (runbook).',
      });
      return made;
    };
    this.key = secret('Key', "The payment provider's secret key; put by hand");
    this.webhook = secret('Webhook', "Key of the payment provider's webhook signatures; put by hand");
  }
}
