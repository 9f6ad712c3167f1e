// Runs the sweep: a load a step, judged by the objectives, until the highest load that meets them is known well enough.
import type { LoadTestRun } from '@tollgate/contract';
import { isTollgateError } from '@tollgate/service-kit/tollgate-error';
import { steadyProfile } from '../shapes/steady.ts';
import { createSweep } from '../shapes/sweep.ts';
import type { RunVerdict } from '../verdict/judge-run.ts';
import { meets } from '../verdict/objective.ts';
import type { Conclusion } from './conclusion.ts';
import type { LoadPlan } from './load-plan.ts';
import type { LoadtestOptions } from './loadtest-options.ts';
import type { JudgedRun, LoadtestSession } from './loadtest-session.ts';

export interface ExecuteSweepOptions {
  readonly options: LoadtestOptions;
  readonly session: LoadtestSession;
  readonly plan: LoadPlan;
}

type SweepReport = NonNullable<LoadTestRun['sweep']>;
const MOST_STEPS = 24;

/** The conclusion's run is the highest load that met the objectives, else the first that was tried. */
export async function executeSweep({ options, session, plan }: ExecuteSweepOptions): Promise<Conclusion> {
  const by = options.sweep ?? 'concurrency';
  const sweep = createSweep({
    from: options.sweepFrom,
    to: options.sweepTo,
    precision: options.sweepPrecision,
    whole: by === 'concurrency',
  });
  const fitted = await session.prepare(plan);
  const points: SweepReport['points'] = [];
  const doubts = new Map<number, RunVerdict>();
  let best: JudgedRun | undefined;
  let cutAt: number | undefined;
  let runs = 0;
  const runAtLoad = (load: number): Promise<JudgedRun> =>
    runAt(session, planAt(fitted, by, load, runs++), `${by} ${load}`);
  while (points.length < MOST_STEPS) {
    const load = sweep.next();
    if (load === null) break;
    let run = await runAtLoad(load).catch((error: unknown) => unlessCut(error, best));
    // Of a client that was late nothing is learnt about the server: it gets a second chance.
    if (run?.verdict.verdict === 'INVALID' && !isInterrupted(run))
      run = await runAtLoad(load).catch((error: unknown) => unlessCut(error, best));
    if (run === null || isInterrupted(run)) {
      best ??= run ?? undefined;
      cutAt = load;
      break;
    }
    const good = run.verdict.verdict === 'PASS' || (run.verdict.verdict === 'INCONCLUSIVE' && meetsAll(run));
    sweep.report(load, good);
    points.push(pointOf(load, good, run));
    if (run.verdict.verdict === 'INVALID') doubts.set(load, run.verdict);
    if (best === undefined || (good && load === sweep.highestGood())) best = run;
  }
  const report = { by, highest_good: sweep.highestGood(), lowest_bad: sweep.lowestBad(), points };
  if (best === undefined) throw new RangeError('a sweep without a step');
  if (cutAt !== undefined) return { run: cutSweep(best, `${by} ${cutAt}`), comparison: null, sweep: report };
  const verdict = sweep.highestGood() === null ? best.verdict : found(best.verdict);
  const doubt = doubts.get(sweep.lowestBad() ?? Number.NaN);
  return {
    run: { ...best, verdict: doubt === undefined ? verdict : doubtful(doubt, `${by} ${sweep.lowestBad()}`) },
    comparison: null,
    sweep: report,
  };
}

function isInterrupted({ cutShort }: JudgedRun): boolean {
  return cutShort?.cause === 'interrupted';
}

/** A signal between two loads ends the sweep; what was found before is told. */
function unlessCut(error: unknown, best: JudgedRun | undefined): null {
  if (best === undefined || !isTollgateError(error) || error.code !== 'TG_LOADTEST_INTERRUPTED') throw error;
  return null;
}

/** What a sweep has found until a signal is no limit. */
function cutSweep(best: JudgedRun, at: string): JudgedRun {
  return {
    ...best,
    cutShort: best.cutShort ?? {
      cause: 'interrupted',
      afterMs: best.figures.endMs,
      calls: best.figures.records.length,
    },
    verdict: {
      verdict: 'INCONCLUSIVE',
      reasons: [`the sweep was interrupted at ${at}: its limit is not known`],
      moreRequests: null,
    },
  };
}

/** The limit that was found may be the client's own. */
function doubtful({ reasons }: RunVerdict, at: string): RunVerdict {
  return { verdict: 'INVALID', reasons: reasons.map((reason) => `${at}: ${reason}`), moreRequests: null };
}

/** A load was found that meets the objectives. It lies close to those that miss them: of such a one no run is ever quite sure. */
function found(verdict: RunVerdict): RunVerdict {
  return verdict.verdict === 'INCONCLUSIVE' ? { verdict: 'PASS', reasons: [], moreRequests: null } : verdict;
}

/** Too few calls to be sure, yet every value is on the right side: good enough to climb on. */
function meetsAll(run: JudgedRun): boolean {
  return run.objectives.every(
    ({ value, comparison, threshold }) => value !== null && meets(value, comparison, threshold),
  );
}

async function runAt(session: LoadtestSession, plan: LoadPlan, label: string): Promise<JudgedRun> {
  const calibrations = await session.calibrateFor(plan);
  const measured = await session.measure(plan, label);
  return session.judge(plan, { ...measured, calibrations });
}

function planAt(plan: LoadPlan, by: 'concurrency' | 'rate', load: number, index: number): LoadPlan {
  const shape: LoadPlan['shape'] =
    by === 'concurrency'
      ? { kind: 'closed', concurrency: load, rampUpMs: Math.min(2000, load * 5) }
      : { kind: 'open', name: 'constant rate', profile: steadyProfile(load), arrivals: { kind: 'poisson' } };
  const requests =
    plan.requests === null ? null : Math.max(plan.requests, by === 'concurrency' ? 5 * load : 0);
  return {
    ...plan,
    shape,
    requests,
    block: index,
    firstIndex: index * 10_000_000,
    openAhead: by === 'concurrency' ? load : 0,
  };
}

function pointOf(
  load: number,
  good: boolean,
  { figures, verdict }: JudgedRun,
): SweepReport['points'][number] {
  const { ttft, e2e } = figures.summaries;
  return {
    load,
    good,
    verdict: verdict.verdict,
    requests: figures.measured.length,
    errors: figures.errors,
    ttft_p50_ms: ttft.p50,
    ttft_p99_ms: ttft.p99,
    e2e_p50_ms: e2e.p50,
    e2e_p99_ms: e2e.p99,
    system_tps: figures.rates.tokensPerSecond,
    rps: figures.rates.callsPerSecond,
  };
}
