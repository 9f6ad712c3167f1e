import { expect, it } from 'vitest';
import { addTo, createMetricRegistry } from './metric-registry.ts';

const counted = (maxSeries: number, sets: readonly (readonly string[])[]) => {
  const registry = createMetricRegistry({ maxSeries });
  const metric = registry.counter({ name: 'n', help: 'h', labels: ['model', 'team', 'outcome'] });
  for (const values of sets) addTo(metric.series(...values));
  const [family] = registry.snapshot();
  return family?.series.map(({ values, numbers }) => [...values, numbers[0]]);
};

it('keeps label sets apart, however a client names its model', () => {
  const real = ['x', 'default', 'ok'];
  const series = counted(10, [
    real,
    ['x\u0000default\u0000ok', 'default', 'ok'],
    ['x\u0000default', 'ok', ''],
  ]);
  expect(series).toHaveLength(3);
  expect(series?.[0]).toEqual([...real, 1]);
  expect(series?.every((values) => values.length === 4)).toBe(true);
});

it('counts what is beyond its limit under one name', () => {
  const series = counted(2, [
    ['a', 't', 'ok'],
    ['b', 't', 'ok'],
    ['c', 't', 'ok'],
    ['d', 't', 'ok'],
  ]);
  expect(series?.at(-1)).toEqual(['_other', '_other', '_other', 2]);
});
