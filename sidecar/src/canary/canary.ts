// Now and then sends the same call to an upstream of our own, directly and through the sidecar's port, and shows what the
// difference is. Nothing leaves this host, no provider is asked and no money spent.
import { Worker } from 'node:worker_threads';
import { TOLLGATE_METRICS } from '@tollgate/contract';
import type { Logger } from '@tollgate/service-kit/logger';
import { addTo, type MetricRegistry, observeIn, setTo } from '../telemetry/metric-registry.ts';
import { CANARY_PATH } from './canary-upstream.ts';

const FIRST_ROUND_MS = 5_000;
const PAIRS_PER_ROUND = 20;
/** The gauges speak of so many pairs: the last ten rounds. */
const REMEMBERED_PAIRS = 200;
const BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];
const QUANTILES = [0.5, 0.99] as const;

export interface CanaryOptions {
  readonly registry: MetricRegistry;
  readonly intervalMs: number;
  readonly log: Logger;
}

export interface Canary {
  /** Starts the thread; resolves with its upstream's address, or null where it does not start. Never rejects. */
  readonly open: () => Promise<string | null>;
  /** Begins to compare, at the sidecar's address. */
  readonly watch: (sidecarUrl: string) => void;
  readonly stop: () => Promise<void>;
}

type ThreadMessage =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'round'; readonly direct: readonly number[]; readonly proxied: readonly number[] }
  | { readonly kind: 'failed'; readonly reason: string };

export function createCanary({ registry, intervalMs, log }: CanaryOptions): Canary {
  const metrics = defineCanaryMetrics(registry);
  let thread: Worker | null = null;
  let timer: NodeJS.Timeout | null = null;
  let troubled = false;
  let running = false;

  const receive = (message: ThreadMessage): void => {
    running = false;
    if (message.kind === 'round') {
      troubled = false;
      metrics.round(message.direct, message.proxied);
    } else if (message.kind === 'failed') {
      metrics.failed();
      if (!troubled) log.warn({ reason: message.reason }, 'canary.failed');
      troubled = true;
    }
  };

  const takeRound = (sidecarUrl: string): void => {
    if (running) return;
    running = true;
    thread?.postMessage({ sidecarUrl, path: CANARY_PATH, pairs: PAIRS_PER_ROUND });
  };

  return {
    open: () =>
      new Promise((resolve) => {
        const started = new Worker(new URL('./canary-thread.mjs', import.meta.url), {
          execArgv: [],
          env: {},
        });
        thread = started;
        started.unref();
        started.on('message', (message: ThreadMessage) => {
          if (message.kind === 'ready') resolve(message.url);
          else receive(message);
        });
        started.on('error', (exception) => {
          log.warn({ exception }, 'canary.thread_failed');
          thread = null;
          resolve(null);
        });
      }),
    watch: (sidecarUrl) => {
      const url = reachable(sidecarUrl);
      timer = setTimeout(
        () => {
          takeRound(url);
          timer = setInterval(takeRound, intervalMs, url);
          timer.unref();
        },
        Math.min(FIRST_ROUND_MS, intervalMs),
      );
      timer.unref();
    },
    stop: async () => {
      clearTimeout(timer ?? undefined);
      await thread?.terminate();
    },
  };
}

function defineCanaryMetrics(registry: MetricRegistry) {
  const seconds = registry.histogram({
    name: TOLLGATE_METRICS.canarySeconds,
    help: 'The same call to an upstream of our own on this host, directly and through the sidecar',
    labels: ['path'],
    buckets: BUCKETS_SECONDS,
  });
  const overhead = registry.gauge({
    name: TOLLGATE_METRICS.canaryOverheadSeconds,
    help: 'What the way through the sidecar adds, over the last 200 pairs of the canary',
    labels: ['quantile'],
  });
  const failures = registry
    .counter({ name: TOLLGATE_METRICS.canaryFailures, help: 'Rounds of the canary that did not succeed' })
    .series();
  const remembered: number[] = [];
  return {
    failed: () => addTo(failures),
    /** Milliseconds of each pair. */
    round: (direct: readonly number[], proxied: readonly number[]): void => {
      for (const [index, directMs] of direct.entries()) {
        const proxiedMs = proxied[index] ?? directMs;
        observeIn(seconds.series('direct'), BUCKETS_SECONDS, directMs / 1000);
        observeIn(seconds.series('proxied'), BUCKETS_SECONDS, proxiedMs / 1000);
        remembered.push((proxiedMs - directMs) / 1000);
      }
      remembered.splice(0, remembered.length - REMEMBERED_PAIRS);
      const sorted = remembered.toSorted((a, b) => a - b);
      for (const quantile of QUANTILES) {
        const rank = Math.min(sorted.length - 1, Math.floor(quantile * sorted.length));
        setTo(overhead.series(String(quantile)), sorted[rank] ?? 0);
      }
    },
  };
}

/** A sidecar that listens on every address is called on the loopback one. */
function reachable(sidecarUrl: string): string {
  return sidecarUrl.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
