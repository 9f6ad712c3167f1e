// One load test's steps over one set of workers: prepare, calibrate, load, compute, judge. Used by single runs, sweeps and comparisons.

import { phasesOf } from '../context/phases.ts';
import { findContamination } from '../context/reconcile.ts';
import { measureRoundTripMs } from '../context/round-trip.ts';
import { computeRunCost, parsePrices, type RunCost } from '../context/run-cost.ts';
import type { ServerObservation } from '../context/server-watch.ts';
import { computeRunFigures, type RunFigures } from '../measure/run-figures.ts';
import type { LiveProgress } from '../report/live-progress.ts';
import {
  type Calibration,
  type CalibrationLoad,
  calibrate,
  likelyEventsPerSecond,
} from '../verdict/calibration.ts';
import { type Certificate, issueCertificate } from '../verdict/certificate.ts';
import { createEarlyStop } from '../verdict/early-stop.ts';
import { computeGoodput, type Goodput, sloBounds } from '../verdict/goodput.ts';
import { type JudgedObjective, judgeObjective } from '../verdict/judge-objective.ts';
import { judgeRun, type RunVerdict } from '../verdict/judge-run.ts';
import type { Objectives } from '../verdict/objectives-file.ts';
import { verdictOfCut } from '../verdict/verdict-of-cut.ts';
import { whereTimeWent } from '../verdict/where-time-went.ts';
import { parseLengthDistribution } from '../workload/length-distribution.ts';
import { measurePromptScale } from '../workload/prompt-scale.ts';
import { certifyAtLoad } from './certify-at-load.ts';
import { type CutShort, describeCut, errInterrupted, refuseAfterSignal } from './cut-short.ts';
import { expectedConcurrency, isClosedLoop, type LoadPlan, rampUpOf, type Target } from './load-plan.ts';
import type { LoadResult, LoadRunner } from './load-runner.ts';
import type { LoadtestOptions } from './loadtest-options.ts';
import { createServerWatches, type ServerWatches } from './server-watches.ts';
import { LIKELY_CALL_MS, warmUp } from './warm-up.ts';

export interface SessionDeps {
  readonly options: LoadtestOptions;
  readonly objectives: Objectives;
  readonly runner: LoadRunner;
  readonly progress: LiveProgress;
  readonly signal: AbortSignal;
}

export interface JudgedRun {
  readonly plan: LoadPlan;
  readonly result: LoadResult;
  readonly figures: RunFigures;
  readonly server: ServerObservation | null;
  readonly certificate: Certificate;
  readonly objectives: readonly JudgedObjective[];
  readonly goodput: Goodput;
  readonly cost: RunCost | null;
  readonly verdict: RunVerdict;
  /** Null when the plan was carried out. */
  readonly cutShort: CutShort | null;
}

export interface LoadtestSession {
  // Each of the first three throws TG_LOADTEST_INTERRUPTED instead of beginning after a signal, the third also for a block that was cut.
  /** Fits the workload to the plan's server (prompt length) and sends the warm-up calls, to each target that is to be measured. */
  readonly prepare: (plan: LoadPlan, targets?: readonly Target[]) => Promise<LoadPlan>;
  readonly calibrateFor: (plan: LoadPlan) => Promise<readonly Calibration[]>;
  /** Loads. `label` heads the progress line; `brief` marks one of many short loads. */
  readonly measure: (
    plan: LoadPlan,
    label: string,
    brief?: boolean,
  ) => Promise<{ result: LoadResult; server: ServerObservation | null }>;
  readonly judge: (plan: LoadPlan, measured: MeasuredRun) => Promise<JudgedRun>;
}

export interface MeasuredRun {
  readonly result: LoadResult;
  readonly server: ServerObservation | null;
  readonly calibrations: readonly Calibration[];
  /** One arm of an interleaved comparison. */
  readonly compared?: boolean;
}

interface SessionState {
  readonly roundTrip: () => Promise<number | null>;
  /** Done after a run that brought more events than expected. */
  readonly recalibrations: Calibration[];
}

const MOST_CALIBRATED = 2000;

export function createLoadtestSession(given: SessionDeps): LoadtestSession {
  const watches = createServerWatches(given);
  const deps = { ...given, runner: watches.noting(given.runner) };
  const state: SessionState = {
    roundTrip: createOnce(() => measureRoundTripMs(deps.options.url)),
    recalibrations: [],
  };
  return {
    prepare: (plan, targets = [plan.target]) => prepare(deps, plan, targets),
    calibrateFor: async (plan) => {
      refuseAfterSignal(deps.signal, 'the load began');
      const concurrency = Math.min(MOST_CALIBRATED, expectedConcurrency(plan.shape, LIKELY_CALL_MS));
      if (deps.options.calibration === 0) return [];
      deps.progress.phase(`calibrating the client at ${concurrency} calls in flight`);
      const eventsPerSecond = likelyEventsPerSecond(concurrency);
      return [await runCalibration(deps, plan, { concurrency, eventsPerSecond, eventsPerCall: null })];
    },
    measure: (plan, label, brief = false) => measure(deps, watches, plan, { label, brief }),
    judge: (plan, measured) => judge(deps, state, plan, measured),
  };
}

function createOnce<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

async function prepare(deps: SessionDeps, plan: LoadPlan, targets: readonly Target[]): Promise<LoadPlan> {
  const { options, runner, progress, signal } = deps;
  refuseAfterSignal(signal, 'the load began');
  let fitted = plan;
  if (plan.workload.kind === 'synthetic' && options.promptScale) {
    const meanInputTokens = parseLengthDistribution(plan.workload.inputTokens).mean;
    const scale = await measurePromptScale({ runner, plan, meanInputTokens, signal });
    fitted = { ...plan, workload: { ...plan.workload, scale } };
  }
  await warmUp({ runner, progress, plan: fitted, targets, requests: options.warmupRequests, signal });
  return fitted;
}

function runCalibration(
  { options, runner, signal }: SessionDeps,
  plan: LoadPlan,
  load: CalibrationLoad,
): Promise<Calibration> {
  return calibrate({
    runner,
    ...load,
    durationMs: options.calibration,
    runNonce: plan.runNonce,
    signal,
  });
}

async function measure(
  deps: SessionDeps,
  watches: ServerWatches,
  plan: LoadPlan,
  { label, brief }: { readonly label: string; readonly brief: boolean },
) {
  const { options, objectives, runner, progress, signal } = deps;
  refuseAfterSignal(signal, `the load (${label}) began`);
  const watch = await watches.begin(plan.target.baseUrl);
  const earlyStop = createEarlyStop({
    objectives: objectives.objectives,
    bounds: sloBounds(objectives.slo, objectives.objectives),
    confidence: options.confidence,
    window: windowOptions(options, plan),
  });
  progress.begin(label, { requests: plan.requests, durationMs: plan.durationMs, brief });
  const result = await runner.run(plan, {
    signal,
    onProgress: progress.take,
    onRecords: options.earlyStop ? earlyStop.take : undefined,
  });
  progress.end();
  const server = await watch.stop();
  if (brief && result.cutShort?.cause === 'interrupted')
    throw errInterrupted(`interrupted in ${label}: a comparison needs all its blocks, so there is no result`);
  return { result, server };
}

function windowOptions(options: LoadtestOptions, plan: LoadPlan) {
  return { warmupMs: options.warmup, cooldownMs: options.cooldown, rampUpMs: rampUpOf(plan.shape) };
}

async function judge(
  deps: SessionDeps,
  state: SessionState,
  plan: LoadPlan,
  measured: MeasuredRun,
): Promise<JudgedRun> {
  const { options, objectives, runner } = deps;
  const { result, server, compared = false } = measured;
  const figures = computeRunFigures({ ...windowOptions(options, plan), records: result.records });
  const rttMs = await state.roundTrip();
  const certify = (calibrations: readonly Calibration[]): Certificate =>
    issueCertificate({
      figures,
      healths: result.healths,
      calibrations,
      workers: runner.workers,
      priority: runner.priority,
      mostInFlight: result.mostInFlight,
      openSockets: result.openSockets,
      openFilesLimit: runner.openFilesLimit,
      rttMs,
      tolerance: options.tolerance,
      openLoop: !isClosedLoop(plan.shape),
    });
  const certificate = await certifyAtLoad({
    figures,
    calibrations: measured.calibrations,
    recalibrations: state.recalibrations,
    calibrateAt: (load) => runCalibration(deps, plan, load),
    certify,
    progress: deps.progress,
    signal: deps.signal,
  });
  const prices = parsePrices(priceOptions(options));
  const calls = figures.measured.map(({ call }) => call);
  const cost = prices === null ? null : computeRunCost(calls, prices, figures.endMs);
  const bounds = sloBounds(objectives.slo, objectives.objectives);
  const { clientError } = certificate;
  const judged = objectives.objectives.map((objective) =>
    judgeObjective(objective, { figures, bounds, cost, confidence: options.confidence, clientError }),
  );
  const whole = judgeRun({
    objectives: judged,
    certificate,
    requests: figures.measured.length,
    errors: figures.errors,
    invalidating: contaminationReasons(figures),
    explanations: whereTimeWent(judged, phasesOf(figures.measured, server)),
    compared,
  });
  const { cutShort } = result;
  return {
    plan,
    result,
    figures,
    server,
    certificate,
    objectives: judged,
    goodput: computeGoodput(figures, bounds),
    cost,
    verdict: cutShort === null ? whole : verdictOfCut(whole, describeCut(cutShort, plan)),
    cutShort,
  };
}

function contaminationReasons(figures: RunFigures): string[] {
  const found = findContamination(figures.measured.map(({ call }) => call));
  if (!found.contaminated) return [];
  const share = (100 * found.share_of_input).toFixed(1);
  return [
    `${found.calls} calls with new prompts were served from a cache (${share} % of the input): declare it with --shared-prefix or --no-nonce, or turn the cache off`,
  ];
}

function priceOptions({ priceInput, priceCachedInput, priceOutput, priceHour }: LoadtestOptions) {
  return {
    ...(priceInput === undefined ? {} : { input: priceInput }),
    ...(priceCachedInput === undefined ? {} : { cachedInput: priceCachedInput }),
    ...(priceOutput === undefined ? {} : { output: priceOutput }),
    ...(priceHour === undefined ? {} : { hour: priceHour }),
  };
}
