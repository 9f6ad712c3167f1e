import { describe, expect, it } from 'vitest';
import { addTo, createMetricRegistry, observeIn, setTo } from '../telemetry/metric-registry.ts';
import { type MetricFamily, renderFamilies } from '../telemetry/metric-text.ts';
import { lastingFamilies, mergeFamilies } from './merge-families.ts';

const BUCKETS = [1, 10];

/** What one process counted: so many calls, their seconds, what it holds. */
function page({ calls = 0, seconds = [], held = 0 }: { calls?: number; seconds?: number[]; held?: number }) {
  const registry = createMetricRegistry({ maxSeries: 10 });
  addTo(registry.counter({ name: 'calls_total', help: 'c', labels: ['model'] }).series('m'), calls);
  const histogram = registry.histogram({ name: 'seconds', help: 's', buckets: BUCKETS }).series();
  for (const value of seconds) observeIn(histogram, BUCKETS, value);
  setTo(registry.gauge({ name: 'held', help: 'h' }).series(), held);
  setTo(registry.gauge({ name: 'build', help: 'b', merge: 'max' }).series(), 1);
  const share = registry.ratio({ name: 'errors', help: 'e' }).series();
  share[0] = held;
  share[1] = calls;
  return registry.snapshot();
}

const rendered = (pages: readonly (readonly MetricFamily[])[]): string[] =>
  renderFamilies(mergeFamilies(pages))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

describe('the pages of several processes', () => {
  it('become one: sums, buckets added up, the largest where that is asked for, a ratio of sums', () => {
    const first = page({ calls: 3, seconds: [0.5, 20], held: 1 });
    const second = page({ calls: 5, seconds: [0.6, 5], held: 3 });
    expect(rendered([first, second])).toEqual([
      'calls_total{model="m"} 8',
      'seconds_bucket{le="1"} 2',
      'seconds_bucket{le="10"} 3',
      'seconds_bucket{le="+Inf"} 4',
      'seconds_sum 26.1',
      'seconds_count 4',
      'held 4',
      'build 1',
      'errors 0.5',
    ]);
  });

  it('keep label sets that only one of them has', () => {
    const registry = createMetricRegistry({ maxSeries: 10 });
    addTo(registry.counter({ name: 'calls_total', help: 'c', labels: ['model'] }).series('other'), 2);
    expect(rendered([page({ calls: 1 }), registry.snapshot()])).toEqual(
      expect.arrayContaining(['calls_total{model="m"} 1', 'calls_total{model="other"} 2']),
    );
  });

  it('of a process that is gone leave what it counted, not what it held', () => {
    const former = lastingFamilies(page({ calls: 3, seconds: [0.5], held: 7 }));
    expect(rendered([former, page({ calls: 1, held: 2 })])).toEqual(
      expect.arrayContaining(['calls_total{model="m"} 4', 'seconds_count 1', 'held 2']),
    );
  });
});
