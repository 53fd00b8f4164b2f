import { headRoomText } from '../support/generator-meter.ts';
import { cacheLocations, originPerVisitorMinute } from './cost-model.ts';
import { type Figure, type FigureId, figure } from './figure.ts';
import { measureJoinUnits } from './tier-one-units.ts';
import { measureWaiting } from './tier-one-waiting.ts';

export const figures: readonly FigureId[] = ['F6.origin', 'F6.write', 'F6.read'];

const crowd = 100_000;

/** Tier 1: requests to the origin while people wait, and DynamoDB units per join. */
export async function run(): Promise<readonly Figure[]> {
  const units = await measureJoinUnits();
  const minute = await measureWaiting();
  if (minute.stillWaiting < minute.visitors) {
    throw new Error(`only ${minute.stillWaiting} of ${minute.visitors} visitors waited to the end`);
  }
  const perMinute = 60 / minute.seconds;
  const other = minute.lambdaRequests - minute.statusLambdaRequests;
  const atCrowd =
    originPerVisitorMinute({ statusOriginPerMinute: minute.statusLambdaRequests * perMinute }, crowd) +
    (other * perMinute) / minute.visitors;
  const edge = ((minute.edgeRequests / minute.visitors) * perMinute).toFixed(1);
  return [
    figure(
      'F6.origin',
      atCrowd,
      'Lambda requests per waiting visitor and minute',
      { atMost: 0.05 },
      `computed for ${crowd.toLocaleString('en')} waiting behind ${cacheLocations} cache locations. Measured: ` +
        `${minute.visitors} visitors waited ${minute.seconds} s and sent ${minute.edgeRequests} requests (${edge} each a minute); ` +
        `${minute.lambdaRequests} of them reached a Lambda (${(minute.lambdaRequests / minute.visitors).toFixed(3)} each), all but ` +
        `${other} for the status document, which one cache location fetches once per second however many wait; ` +
        `this process was both the visitors and the edge: ${headRoomText(minute.headRoom)}`,
    ),
    figure(
      'F6.write',
      Math.max(units.newVisitor.write, units.knownVisitor.write),
      'DynamoDB write units per join',
      { atMost: 3 },
      `mean of ${units.joins} joins with the deployed use case, by ConsumedCapacity; a repeated join writes ${units.repeated.write}`,
    ),
    figure(
      'F6.read',
      Math.max(units.newVisitor.read, units.knownVisitor.read),
      'DynamoDB read units per join',
      { atMost: 2 },
      `of a visitor with a cookie; a first visit reads ${units.newVisitor.read}; each process also reads event and line once per second`,
    ),
  ];
}
