// Counters, gauges and histograms whose series are plain arrays of numbers: adding to one costs a few nanoseconds on the
// data path. Each metric has a hard limit of label sets.
import type { MetricFamily, MetricType } from './metric-text.ts';

/** Every label of what is beyond the limit. */
export const OTHER = '_other';
const SEPARATOR = '\u0000';

export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Over several processes; default `sum`. */
  readonly merge?: MetricFamily['merge'];
}

/** The numbers of one label set. A counter or gauge has one, a ratio two, a histogram its buckets, `+Inf` last, then the sum. */
export type Series = Float64Array;

export interface Metric {
  /** The series of these label values, made at first use; that of `_other` once the limit is reached. */
  readonly series: (...values: string[]) => Series;
}

export interface MetricRegistry {
  readonly counter: (options: MetricOptions) => Metric;
  readonly gauge: (options: MetricOptions) => Metric;
  /** Two numbers, shown as the first by the second. */
  readonly ratio: (options: MetricOptions) => Metric;
  readonly histogram: (options: MetricOptions & { readonly buckets: readonly number[] }) => Metric;
  /** Runs before each snapshot, to set what is read only when asked. */
  readonly beforeSnapshot: (collect: () => void) => void;
  readonly snapshot: () => MetricFamily[];
}

export function createMetricRegistry({ maxSeries }: { readonly maxSeries: number }): MetricRegistry {
  const families: { family: Omit<MetricFamily, 'series'>; series: Map<string, Series> }[] = [];
  const collectors: (() => void)[] = [];

  const define = (
    type: MetricType,
    width: number,
    options: MetricOptions,
    buckets: readonly number[],
  ): Metric => {
    const { name, help, labels = [], merge = 'sum' } = options;
    const series = new Map<string, Series>();
    families.push({ family: { name, help, type, labels, buckets, merge }, series });
    const make = (key: string): Series => {
      const numbers = new Float64Array(width);
      series.set(key, numbers);
      return numbers;
    };
    const overflowKey = labels.map(() => OTHER).join(SEPARATOR);
    return {
      series: (...values) => {
        const key = values.map(withoutSeparator).join(SEPARATOR);
        const known = series.get(key);
        if (known !== undefined) return known;
        return series.size < maxSeries ? make(key) : (series.get(overflowKey) ?? make(overflowKey));
      },
    };
  };

  return {
    counter: (options) => define('counter', 1, options, []),
    gauge: (options) => define('gauge', 1, options, []),
    ratio: (options) => define('ratio', 2, options, []),
    histogram: (options) => define('histogram', options.buckets.length + 2, options, options.buckets),
    beforeSnapshot: (collect) => void collectors.push(collect),
    snapshot: () => {
      for (const collect of collectors) collect();
      return families.map(({ family, series }) => ({
        ...family,
        series: [...series].map(([key, numbers]) => ({
          values: key === '' ? [] : key.split(SEPARATOR),
          numbers: [...numbers],
        })),
      }));
    },
  };
}

/** A name that a client chose must not read as two. */
function withoutSeparator(value: string): string {
  return value.includes(SEPARATOR) ? value.replaceAll(SEPARATOR, '\ufffd') : value;
}

export function addTo(series: Series, amount = 1): void {
  series[0] = (series[0] ?? 0) + amount;
}

export function setTo(series: Series, value: number): void {
  series[0] = value;
}

/** Counts `value` in its bucket; buckets are made cumulative only when they are written out. */
export function observeIn(series: Series, buckets: readonly number[], value: number): void {
  let index = 0;
  while (index < buckets.length && value > (buckets[index] ?? 0)) index += 1;
  series[index] = (series[index] ?? 0) + 1;
  const sum = series.length - 1;
  series[sum] = (series[sum] ?? 0) + value;
}
