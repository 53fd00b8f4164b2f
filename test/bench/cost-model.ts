import { pollBands } from '#contract/line-http.ts';
import { prices } from './prices.ts';

/** The results of a run on which the cost depends. */
export interface MeasuredTraffic {
  /** Requests per minute that one cache location sends to the Lambdas for the status document. */
  readonly statusOriginPerMinute: number;
  /** Bytes of one status response on the wire, headers included. */
  readonly statusBytes: number;
  /** Bytes of its headers. */
  readonly statusHeaderBytes: number;
  readonly joinWriteUnits: number;
  readonly joinReadUnits: number;
}

/**
 * Memory of vwr-api in the templates, and a generous duration of a join, because AWS's billed duration is unknown here.
 */
const lambdaGigabytes = 1;
const lambdaSecondsAssumed = 0.1;
/** CloudFront collapses equal requests of its edge locations in regional caches, of which it has about this many. */
export const cacheLocations = 15;
/** Body of the sample's response: {"serving_counter": "123456"}. */
const sampleBodyBytes = 29;
const bytesPerGigabyte = 1e9;

/**
 * Returns the requests of `visitors` who wait for `minutes` in a line that does not move, each polling by its distance.
 */
export function pollsOf(visitors: number, minutes: number): number {
  let before = 0;
  let polls = 0;
  for (const { aheadMax, seconds } of pollBands) {
    const until = aheadMax === null ? visitors : Math.min(visitors, aheadMax);
    polls += (Math.max(0, until - before) * minutes * 60) / seconds;
    before = Math.max(before, until);
  }
  return polls;
}

/** Requests per visitor and minute that reach the Lambdas for the status document, however many wait. */
export const originPerVisitorMinute = (
  measured: Pick<MeasuredTraffic, 'statusOriginPerMinute'>,
  visitors: number,
): number => (measured.statusOriginPerMinute * cacheLocations) / visitors;

/** Returns the dollars for `visitors` who join and wait `minutes`, without pages and monthly prices. */
export function costOfUrr(measured: MeasuredTraffic, visitors: number, minutes: number) {
  const edgeRequest = prices.cloudfrontRequest + prices.cloudfrontFunction + prices.wafRequest;
  const lambda = prices.lambdaRequest + prices.lambdaGigabyteSecond * lambdaGigabytes * lambdaSecondsAssumed;
  const origin = prices.httpApiRequest + lambda;
  const polls = pollsOf(visitors, minutes);
  const units =
    measured.joinWriteUnits * prices.dynamodbWriteUnit + measured.joinReadUnits * prices.dynamodbReadUnit;
  const joins = visitors * (edgeRequest + origin + units);
  const statusOrigin = measured.statusOriginPerMinute * cacheLocations * minutes * origin;
  const dataOut = ((polls * measured.statusBytes) / bytesPerGigabyte) * prices.cloudfrontGigabyteOut;
  const waiting = polls * edgeRequest + statusOrigin + dataOut;
  return { polls, joins, waiting, total: joins + waiting };
}

/**
 * The same for AWS's retired "Virtual Waiting Room on AWS", whose sample page polls every three seconds. Calculated in
 * its favour: only one of its page's two polls, all served by the cache, no firewall, free joins, and without its
 * Redis, NAT and VPC endpoints.
 */
export function costOfSample(measured: MeasuredTraffic, visitors: number, minutes: number) {
  const polls = (visitors * minutes * 60) / 3;
  const bytes = measured.statusHeaderBytes + sampleBodyBytes;
  const dataOut = ((polls * bytes) / bytesPerGigabyte) * prices.cloudfrontGigabyteOut;
  const cached = polls * prices.cloudfrontRequest + dataOut;
  const uncached = polls * (prices.restApiRequest + prices.lambdaRequest);
  return { polls, allCached: cached, nothingCached: cached + uncached };
}
