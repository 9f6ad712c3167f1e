// Scrapes a server's metrics page before, during and after the run. A page that isn't there is an absent context, never an error.
import { CALL_ID_HEADER } from '@tollgate/contract';
import { request } from 'undici';
import { type MetricSamples, parsePrometheusText } from './prometheus-text.ts';
import {
  COUNTERS,
  type CounterName,
  GAUGES,
  type GaugeName,
  PHASES,
  type PhaseName,
} from './server-metric-names.ts';

export interface ServerObservation {
  readonly metricsUrl: string;
  readonly scrapes: number;
  readonly failedScrapes: number;
  /** Growth over the run; null where the server has no such counter. */
  readonly grown: Readonly<Record<CounterName, number | null>>;
  /** Mean milliseconds a request; null where the server has no such sum. */
  readonly phaseMeanMs: Readonly<Record<PhaseName, number | null>>;
  readonly peak: Readonly<Record<GaugeName, number | null>>;
  readonly mean: Readonly<Record<GaugeName, number | null>>;
  /** Counted by the GPU, else its power summed over time. */
  readonly energyJoules: number | null;
}

export interface ServerWatch {
  /** Takes the first scrape. `absent`: the server has no such page. `sidecar`: one stands there, so it is left alone. */
  readonly start: () => Promise<'found' | 'absent' | 'sidecar'>;
  readonly stop: () => Promise<ServerObservation | null>;
}

export interface ServerWatchOptions {
  readonly metricsUrls: readonly string[];
  /** Read pages that come through a sidecar too, which records each scrape as a call. */
  readonly evenThroughSidecar: boolean;
  readonly intervalMs: number;
  readonly nowMs: () => number;
}

const SCRAPE_TIMEOUT_MS = 2000;

export function createServerWatch(options: ServerWatchOptions): ServerWatch {
  const { metricsUrls, evenThroughSidecar, intervalMs, nowMs } = options;
  const snapshots: { readonly atMs: number; readonly samples: MetricSamples }[] = [];
  let failedScrapes = 0;
  let metSidecar = false;
  let timer: NodeJS.Timeout | undefined;
  const scrape = async (): Promise<void> => {
    const samples = new Map<string, MetricSamples extends ReadonlyMap<string, infer Value> ? Value : never>();
    let reached = false;
    for (const url of metricsUrls) {
      const page = await fetchPage(url);
      if (page?.throughSidecar === true) metSidecar = true;
      if (page === null || page.text === null || (page.throughSidecar && !evenThroughSidecar)) continue;
      reached = true;
      for (const [name, value] of parsePrometheusText(page.text)) samples.set(name, value);
    }
    if (reached) snapshots.push({ atMs: nowMs(), samples });
    else failedScrapes += 1;
  };
  return {
    start: async () => {
      await scrape();
      if (metSidecar && !evenThroughSidecar) return 'sidecar';
      if (snapshots.length === 0) return 'absent';
      timer = setInterval(() => void scrape(), intervalMs);
      return 'found';
    },
    stop: async () => {
      clearInterval(timer);
      const first = snapshots[0];
      if (first === undefined) return null;
      await scrape();
      const last = snapshots[snapshots.length - 1] ?? first;
      return {
        metricsUrl: metricsUrls.join(' '),
        scrapes: snapshots.length,
        failedScrapes,
        grown: mapValues(COUNTERS, (names) => growth(first.samples, last.samples, names, '')),
        phaseMeanMs: mapValues(PHASES, (names) => phaseMean(first.samples, last.samples, names)),
        peak: mapValues(GAUGES, (names) => gauge(snapshots, names, (values) => Math.max(...values))),
        mean: mapValues(GAUGES, (names) =>
          gauge(snapshots, names, (values) => values.reduce((sum, value) => sum + value, 0) / values.length),
        ),
        energyJoules: energy(snapshots),
      };
    },
  };
}

interface MetricsPage {
  /** Null where the answer is no page. */
  readonly text: string | null;
  readonly throughSidecar: boolean;
}

async function fetchPage(url: string): Promise<MetricsPage | null> {
  try {
    const { statusCode, headers, body } = await request(url, {
      headersTimeout: SCRAPE_TIMEOUT_MS,
      bodyTimeout: SCRAPE_TIMEOUT_MS,
    });
    const text = await body.text();
    return { text: statusCode === 200 ? text : null, throughSidecar: headers[CALL_ID_HEADER] !== undefined };
  } catch (error) {
    // An absent page is counted by the caller as a failed scrape and told in the report.
    if (error instanceof Error) return null;
    throw error;
  }
}

function mapValues<Key extends string, Value, Result>(
  table: Readonly<Record<Key, Value>>,
  map: (value: Value) => Result,
): Record<Key, Result> {
  return Object.fromEntries(Object.entries<Value>(table).map(([key, value]) => [key, map(value)])) as Record<
    Key,
    Result
  >;
}

function growth(
  before: MetricSamples,
  after: MetricSamples,
  names: readonly string[],
  suffix: string,
): number | null {
  for (const name of names) {
    const last = after.get(name + suffix);
    if (last === undefined) continue;
    return last.sum - (before.get(name + suffix)?.sum ?? 0);
  }
  return null;
}

function phaseMean(before: MetricSamples, after: MetricSamples, names: readonly string[]): number | null {
  const name = names.find((candidate) => after.has(`${candidate}_sum`) || after.has(candidate));
  if (name === undefined) return null;
  const microseconds = name.endsWith('_us');
  const sum = growth(before, after, [name], microseconds ? '' : '_sum');
  const count = microseconds
    ? growth(before, after, ['nv_inference_request_success'], '')
    : growth(before, after, [name], '_count');
  if (sum === null || count === null || count <= 0) return null;
  return microseconds ? sum / 1000 / count : (sum * 1000) / count;
}

function gauge(
  snapshots: readonly { readonly samples: MetricSamples }[],
  names: readonly string[],
  reduce: (values: number[]) => number,
): number | null {
  const values = snapshots.flatMap(({ samples }) => {
    const name = names.find((candidate) => samples.has(candidate));
    const value = name === undefined ? undefined : samples.get(name)?.sum;
    return value === undefined ? [] : [value];
  });
  return values.length === 0 ? null : reduce(values);
}

function energy(
  snapshots: readonly { readonly atMs: number; readonly samples: MetricSamples }[],
): number | null {
  const [first, last] = [snapshots[0], snapshots[snapshots.length - 1]];
  if (first === undefined || last === undefined) return null;
  const counted = growth(first.samples, last.samples, COUNTERS.energyMillijoules, '');
  if (counted !== null) return counted / 1000;
  const watts = gauge(
    snapshots,
    GAUGES.powerWatts,
    (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  );
  return watts === null ? null : (watts * (last.atMs - first.atMs)) / 1000;
}
