// Reads the Prometheus text format: samples by name, summed over their labels. Knows no metric.

export type MetricSamples = ReadonlyMap<string, MetricValue>;

export interface MetricValue {
  /** Over all label sets. */
  readonly sum: number;
  readonly largest: number;
  readonly series: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?\s+([^\s]+)/;

export function parsePrometheusText(text: string): MetricSamples {
  const samples = new Map<string, MetricValue>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = SAMPLE.exec(line);
    const value = Number(match?.[2]);
    const name = match?.[1];
    if (name === undefined || Number.isNaN(value)) continue;
    const known = samples.get(name);
    samples.set(name, {
      sum: (known?.sum ?? 0) + value,
      largest: Math.max(known?.largest ?? value, value),
      series: (known?.series ?? 0) + 1,
    });
  }
  return samples;
}
