// Metrics as Prometheus reads them.

export type MetricType = 'counter' | 'gauge' | 'ratio' | 'histogram';

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labels: readonly string[];
  readonly buckets: readonly number[];
  /** How the gauges of several processes become one: what they hold together, unless the largest stands for all. */
  readonly merge: 'sum' | 'max';
  readonly series: readonly { readonly values: readonly string[]; readonly numbers: readonly number[] }[];
}

/** The text exposition format, version 0.0.4. */
export function renderFamilies(families: readonly MetricFamily[]): string {
  return families.map(renderFamily).join('');
}

function renderFamily(family: MetricFamily): string {
  const { name, help, type } = family;
  const shown = type === 'ratio' ? 'gauge' : type;
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${shown}`];
  for (const { values, numbers } of family.series) {
    if (type === 'histogram') lines.push(...histogramLines(family, values, numbers));
    else lines.push(`${name}${labelSet(family.labels, values)} ${plainValue(type, numbers)}`);
  }
  return `${lines.join('\n')}\n`;
}

function plainValue(type: MetricType, numbers: readonly number[]): string {
  const [first = 0, second = 0] = numbers;
  if (type !== 'ratio') return String(first);
  return second === 0 ? '0' : String(first / second);
}

function histogramLines(
  { name, labels, buckets }: MetricFamily,
  values: readonly string[],
  numbers: readonly number[],
): string[] {
  let count = 0;
  const lines = [...buckets, Number.POSITIVE_INFINITY].map((bound, index) => {
    count += numbers[index] ?? 0;
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound);
    return `${name}_bucket${labelSet([...labels, 'le'], [...values, le])} ${count}`;
  });
  const set = labelSet(labels, values);
  return [...lines, `${name}_sum${set} ${numbers.at(-1) ?? 0}`, `${name}_count${set} ${count}`];
}

function labelSet(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  return `{${names.map((name, index) => `${name}="${escapeLabel(values[index] ?? '')}"`).join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
