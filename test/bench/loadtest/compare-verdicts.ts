// How often an interleaved comparison is right: real load on real servers of known timing, many comparisons with a planted
// regression and as many without one. Several run side by side, for most of a comparison is waiting.
import { executeComparison } from '@tollgate/inference-ref/load-test/compare/execute-comparison';
import type { LiveProgress } from '@tollgate/inference-ref/load-test/report/live-progress';
import { createPlan } from '@tollgate/inference-ref/load-test/run/create-plan';
import { createLoadRunner, type LoadRunner } from '@tollgate/inference-ref/load-test/run/load-runner';
import type { LoadtestOptions } from '@tollgate/inference-ref/load-test/run/loadtest-options';
import { createLoadtestSession } from '@tollgate/inference-ref/load-test/run/loadtest-session';
import { parseLoadtestOptions } from '@tollgate/inference-ref/load-test/run/parse-loadtest-options';
import { spawnTimingServer } from '@tollgate/inference-ref/load-test/timing-server/spawn-timing-server';
import { readFlagTable } from '../read-flags.ts';

/** Each call's time to the first token is drawn: median 150 ms, a spread of a quarter, as a shared server shows. */
const SERVER = { ttftMs: 150, ttftSigma: 0.25, gapMs: 10 };
const PLANTED = 1.1;
const LOAD = { requests: '480', blocks: '16', concurrency: '12', outputTokens: '12', calibration: '0' };

const SILENT: LiveProgress = { phase: () => {}, begin: () => {}, take: () => {}, end: () => {} };

type Kind = 'planted' | 'unchanged';

interface Compared {
  readonly kind: Kind;
  readonly verdict: string;
  readonly seconds: number;
  readonly ttftChangePercent: number;
  readonly reasons: readonly string[];
}

const WHAT = `usage: npm run bench -- compare-verdicts [options]

How often an interleaved comparison is right: as many with a planted regression of 10 % as without one, real load on
servers of known timing. About three quarters of an hour with the defaults.`;
const FLAGS = {
  comparisons: [100, 'of each kind'],
  'side-by-side': [6, 'at a time, since most of one is waiting'],
  'first-seed': [1, 'of the first comparison'],
} as const;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlagTable(WHAT, FLAGS, args);
  if (flags === null) return;
  const { comparisons, 'side-by-side': lanes, 'first-seed': firstSeed } = flags;
  const servers = {
    baseline: await spawnTimingServer({ profile: { ...SERVER, seed: 1 } }),
    unchanged: await spawnTimingServer({ profile: { ...SERVER, seed: 2 } }),
    planted: await spawnTimingServer({ profile: { ...SERVER, seed: 3, ttftFactor: PLANTED } }),
  };
  // The kinds take turns, so that both meet the same hours of the machine.
  const jobs = Array.from({ length: comparisons }, (_, index) => firstSeed + index).flatMap((seed) =>
    (['planted', 'unchanged'] as const).map((kind) => ({ kind, seed })),
  );
  const done: Compared[] = [];
  const lane = async (): Promise<void> => {
    const runner = await createLoadRunner(1);
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { kind, seed } = job;
      const options = parseLoadtestOptions({
        ...LOAD,
        url: servers[kind].url,
        baselineUrl: servers.baseline.url,
        model: 'timing',
        seed,
        promptScale: false,
        serverMetrics: false,
      });
      done.push(await compareOnce(kind, options, runner));
      process.stderr.write(`${done.length} of ${2 * comparisons}: ${summary(done)}\n`);
    }
    await runner.close();
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    for (const server of Object.values(servers)) await server.close();
  }
  process.stdout.write(table(done));
}

async function compareOnce(kind: Kind, options: LoadtestOptions, runner: LoadRunner): Promise<Compared> {
  const session = createLoadtestSession({
    options,
    objectives: { objectives: [], slo: [] },
    runner,
    progress: SILENT,
    signal: new AbortController().signal,
  });
  const startedMs = performance.now();
  const plan = createPlan({ options, runNonce: `verdicts-${kind}-${options.seed}`, trace: [] });
  const { run: judged, comparison } = await executeComparison({ options, session, plan });
  const ttft = comparison?.effects.find(({ measure }) => measure === 'TTFT p50');
  return {
    kind,
    verdict: judged.verdict.verdict,
    seconds: (performance.now() - startedMs) / 1000,
    ttftChangePercent: ttft?.change_percent ?? Number.NaN,
    reasons: judged.verdict.reasons,
  };
}

const VERDICTS = ['FAIL', 'PASS', 'INCONCLUSIVE', 'INVALID'] as const;

function counts(done: readonly Compared[], kind: Kind): number[] {
  return VERDICTS.map((verdict) => done.filter((one) => one.kind === kind && one.verdict === verdict).length);
}

function summary(done: readonly Compared[]): string {
  const shown = (['planted', 'unchanged'] as const).map(
    (kind) =>
      `${kind} ${counts(done, kind)
        .map((count, index) => `${VERDICTS[index]} ${count}`)
        .join(' ')}`,
  );
  return `${shown.join('; ')}; last ${done.at(-1)?.kind} ${done.at(-1)?.verdict} ${done.at(-1)?.reasons.join('; ') ?? ''}`;
}

function table(done: readonly Compared[]): string {
  const rows = (['planted', 'unchanged'] as const).map((kind) => {
    const ofKind = done.filter((one) => one.kind === kind);
    const changes = ofKind.map(({ ttftChangePercent }) => ttftChangePercent).sort((a, b) => a - b);
    const seconds = ofKind.map((one) => one.seconds).sort((a, b) => a - b);
    const cells = [
      kind === 'planted' ? '+10 % TTFT planted' : 'unchanged',
      ...counts(done, kind),
      `${quantile(changes, 0.5).toFixed(1)} % (${quantile(changes, 0.05).toFixed(1)} … ${quantile(changes, 0.95).toFixed(1)})`,
      `${quantile(seconds, 0.5).toFixed(0)} / ${quantile(seconds, 1).toFixed(0)} s`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `| server | ${VERDICTS.join(' | ')} | TTFT p50 change, median (p5 … p95) | load, median / longest |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
  ].join('\n');
}

function quantile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN;
}
