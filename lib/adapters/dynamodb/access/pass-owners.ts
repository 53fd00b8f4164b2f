import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { passOwnerId, placeKeptSeconds } from '#contract/tables.ts';
import type { PassOwners } from '#core/queue/ports.ts';
import { calling, conditionFailure } from '../translate.ts';

/** Owners of passes in the positions table: one item per pass, written by the first account that uses it. */
export function createPassOwners(client: DynamoDBDocumentClient, tableName: string): PassOwners {
  return {
    async own({ aud, gen, jti }, user, nowMs) {
      const hasNoOwner = 'attribute_not_exists(passOwner)';
      const ownerIsThisOne = 'passOwner = :user';
      const own = new UpdateCommand({
        TableName: tableName,
        Key: { placeId: passOwnerId(aud, gen, jti) },
        UpdateExpression: 'SET passOwner = :user, expiresAt = :expiresAt',
        ConditionExpression: `${hasNoOwner} OR ${ownerIsThisOne}`,
        ExpressionAttributeValues: {
          ':user': user,
          ':expiresAt': Math.ceil(nowMs / 1000) + placeKeptSeconds,
        },
      });
      try {
        await calling(() => client.send(own));
        return true;
      } catch (error) {
        if (conditionFailure(error) === undefined) throw error;
        return false;
      }
    },
  };
}
