// One page of metrics over several processes. Counters and histograms add up; so do gauges, which count what each process
// holds, but for those that say `max`; a ratio is the sum of its parts by the sum of its wholes.
import type { MetricFamily } from '../telemetry/metric-text.ts';

interface Merging {
  readonly family: MetricFamily;
  readonly series: Map<string, { readonly values: readonly string[]; readonly numbers: number[] }>;
}

export function mergeFamilies(pages: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  const merged = new Map<string, Merging>();
  for (const family of pages.flat()) {
    const target: Merging = merged.get(family.name) ?? { family, series: new Map() };
    merged.set(family.name, target);
    for (const { values, numbers } of family.series) {
      const key = JSON.stringify(values);
      const known = target.series.get(key);
      if (known === undefined) target.series.set(key, { values, numbers: [...numbers] });
      else fold(known.numbers, numbers, family.merge);
    }
  }
  return [...merged.values()].map(({ family, series }) => ({ ...family, series: [...series.values()] }));
}

function fold(target: number[], numbers: readonly number[], merge: MetricFamily['merge']): void {
  for (const [index, number] of numbers.entries()) {
    const before = target[index] ?? 0;
    target[index] = merge === 'max' ? Math.max(before, number) : before + number;
  }
}

/** What stays true of a process that is gone: its counters and histograms. Left out, a sum would fall, and a rate jump. */
export function lastingFamilies(families: readonly MetricFamily[]): MetricFamily[] {
  return families.filter(({ type }) => type === 'counter' || type === 'histogram');
}
