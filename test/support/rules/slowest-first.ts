import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take half a minute or more, longest first. If one of them started last, the run would wait for it. */
const slowest = [
  'integration/sale/orders-http',
  'integration/sale/seats-http',
  'integration/sale/access-http',
  'integration/queue/failures',
  'integration/queue/cluster',
  'integration/local/stop',
  'integration/access/templates',
  'simulation/two-lines',
  'simulation/sale',
  'integration/local/templates',
  'e2e/queue',
  'e2e/sale',
];

/** The order in which vitest starts the files of a kind. Without earlier durations vitest would sort by file size. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = slowest.findIndex((name) => moduleId.includes(`/test/${name}`));
      return index === -1 ? slowest.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
