import { costOfSample, costOfUrr, type MeasuredTraffic } from './cost-model.ts';
import { type Figure, type FigureId, figure } from './figure.ts';
import { pricesReadAt } from './prices.ts';
import { measureJoinUnits } from './tier-one-units.ts';
import { measureWaiting } from './tier-one-waiting.ts';

export const figures: readonly FigureId[] = ['F9.cost', 'F9.ratio'];

const visitors = 1_000_000;
const minutes = 10;
const dollars = (amount: number) => `$${amount.toFixed(0)}`;
const millions = (requests: number) => `${(requests / 1e6).toFixed(0)} million`;

/**
 * The cost of a million people who wait ten minutes, computed from measured requests, bytes and units, and from list
 * prices.
 */
export async function run(): Promise<readonly Figure[]> {
  const minute = await measureWaiting();
  const { newVisitor } = await measureJoinUnits();
  const measured: MeasuredTraffic = {
    statusOriginPerMinute: (minute.statusLambdaRequests * 60) / minute.seconds,
    statusBytes: minute.statusBytes,
    statusHeaderBytes: minute.statusHeaderBytes,
    joinWriteUnits: newVisitor.write,
    joinReadUnits: newVisitor.read,
  };
  const urr = costOfUrr(measured, visitors, minutes);
  const sample = costOfSample(measured, visitors, minutes);
  return [
    figure(
      'F9.cost',
      urr.total,
      'US dollars',
      'stated',
      `a million visitors join (${dollars(urr.joins)}) and wait ten minutes (${dollars(urr.waiting)}: ${millions(urr.polls)} polls of ` +
        `${minute.statusBytes} bytes, with firewall); computed from measured requests, bytes and units with list prices of ${pricesReadAt}; ` +
        `AWS's retired waiting room sample, polled every 3 s: ${dollars(sample.allCached)} if every poll were cached, ` +
        `${dollars(sample.nothingCached)} if none`,
    ),
    figure(
      'F9.ratio',
      urr.total / sample.allCached,
      'of the sample’s cost',
      { atMost: 0.5 },
      `calculated in favour of the sample: one of its page's two polls, all cached (${millions(sample.polls)}), joins and servers free`,
    ),
  ];
}
