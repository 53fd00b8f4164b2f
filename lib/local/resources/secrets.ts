import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { generateSecretString } from '../servers/secret-store.ts';
import { flag, noLocalEffect, numeric, propertiesOf } from './properties.ts';
import { scheduleMs, startTimer } from './schedule.ts';

const secretSchema = z.strictObject({
  Name: z.string().optional(),
  SecretString: z.string().optional(),
  GenerateSecretString: z
    .strictObject({
      SecretStringTemplate: z.string().optional(),
      GenerateStringKey: z.string().optional(),
      PasswordLength: numeric.optional(),
      ExcludeCharacters: z.string().optional(),
      ExcludePunctuation: flag.optional(),
      ExcludeNumbers: flag.optional(),
      ExcludeUppercase: flag.optional(),
      ExcludeLowercase: flag.optional(),
      IncludeSpace: flag.optional(),
      RequireEachIncludedType: noLocalEffect,
    })
    .optional(),
  Description: noLocalEffect,
  KmsKeyId: noLocalEffect,
  ReplicaRegions: noLocalEffect,
  Tags: noLocalEffect,
});

/** AWS::SecretsManager::Secret, with a generated value if the template requests one. */
export const secret: ResourceModule = (resource, registry) => {
  const properties = propertiesOf(resource, secretSchema);
  const name = properties.Name ?? resource.generatedName(200);
  const generate = properties.GenerateSecretString;
  let value = properties.SecretString;
  if (generate !== undefined) {
    const generated = generateSecretString(generate);
    const { SecretStringTemplate: template, GenerateStringKey: key } = generate;
    value =
      template === undefined || key === undefined
        ? generated
        : JSON.stringify({ ...JSON.parse(template), [key]: generated });
  }
  const { arn } = registry.secrets.store.create(name, resource.region, resource.account, value);
  return { ref: arn, attributes: { Id: arn } };
};

const rotationSchema = z.strictObject({
  SecretId: z.string(),
  RotationLambdaARN: z.string(),
  RotateImmediatelyOnUpdate: flag.optional(),
  RotationRules: z
    .strictObject({
      AutomaticallyAfterDays: numeric.optional(),
      ScheduleExpression: z.string().optional(),
      Duration: noLocalEffect,
    })
    .optional(),
});

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

/** AWS::SecretsManager::RotationSchedule: rotates at once unless the template disables it, and then by the schedule. */
export const rotationSchedule: ResourceModule = async (resource, registry) => {
  const properties = propertiesOf(resource, rotationSchema);
  const rotation = registry.functions.get(properties.RotationLambdaARN);
  if (rotation === undefined) throw new Error('property RotationLambdaARN: no function of the templates');
  if (!rotation.permittedServices.has('secretsmanager.amazonaws.com'))
    throw new Error('no AWS::Lambda::Permission lets Secrets Manager invoke the rotation function');
  rotation.isUsed = true;
  const { store } = registry.secrets;
  store.find(properties.SecretId).rotationLambdaArn = properties.RotationLambdaARN;
  const rotate = async () => {
    const { secret, token } = store.beginRotation(properties.SecretId);
    for (const Step of steps)
      await rotation.invoke({ Step, SecretId: secret.arn, ClientRequestToken: token });
    registry.log.info('secrets', `${secret.name} rotated`);
  };
  if (properties.RotateImmediatelyOnUpdate !== false) await rotate();
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression } = properties.RotationRules ?? {};
  const everyMs = expression === undefined ? days && days * 86_400_000 : scheduleMs(expression);
  let stop = () => {};
  return {
    ref: properties.SecretId,
    activate() {
      if (everyMs !== undefined)
        stop = startTimer(everyMs, () => {
          rotate().catch((error: unknown) =>
            registry.log.warn('secrets', `rotation failed: ${String(error)}`),
          );
        });
    },
    stop: () => stop(),
  };
};
