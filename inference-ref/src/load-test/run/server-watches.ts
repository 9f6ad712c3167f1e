// Where the metrics of a session's servers are read: beside the API, unless told otherwise, and never through a sidecar, which
// would keep each scrape as a call.
import { createServerWatch, type ServerWatch } from '../context/server-watch.ts';
import type { LiveProgress } from '../report/live-progress.ts';
import type { LoadRunner } from './load-runner.ts';
import type { LoadtestOptions } from './loadtest-options.ts';

export interface ServerWatches {
  /** The same runner; whether its answers came through a sidecar is remembered. */
  readonly noting: (runner: LoadRunner) => LoadRunner;
  /** A watch that has begun. */
  readonly begin: (baseUrl: string) => Promise<ServerWatch>;
}

export interface ServerWatchesOptions {
  readonly options: Pick<LoadtestOptions, 'serverMetrics' | 'metricsUrl'>;
  readonly progress: Pick<LiveProgress, 'phase'>;
}

const SCRAPE_EVERY_MS = 1000;

export function createServerWatches({ options, progress }: ServerWatchesOptions): ServerWatches {
  const isGiven = options.metricsUrl.length > 0;
  const sidecars = new Set<string>();
  let told = false;
  const tell = (): void => {
    if (!told)
      progress.phase(
        'the load goes through a sidecar: name the server’s own metrics page with --metrics-url',
      );
    told = true;
  };
  const pages = (baseUrl: string): readonly string[] => {
    if (!options.serverMetrics) return [];
    if (isGiven) return options.metricsUrl;
    if (!sidecars.has(baseUrl)) return [new URL('/metrics', baseUrl).href];
    tell();
    return [];
  };
  return {
    noting: (runner) => ({
      ...runner,
      run: async (plan, hooks) => {
        const result = await runner.run(plan, hooks);
        if (result.throughSidecar) sidecars.add(plan.target.baseUrl);
        return result;
      },
    }),
    begin: async (baseUrl) => {
      const watch = createServerWatch({
        metricsUrls: pages(baseUrl),
        evenThroughSidecar: isGiven,
        intervalMs: SCRAPE_EVERY_MS,
        nowMs: () => performance.now(),
      });
      if ((await watch.start()) === 'sidecar') {
        sidecars.add(baseUrl);
        tell();
      }
      return watch;
    },
  };
}
