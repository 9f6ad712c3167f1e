// Runs several arms in one job, interleaved block by block in random order, so that what drifts touches all of them alike.
import type { LoadArm, LoadComparison, LoadEffect } from '@tollgate/contract';
import { phasesOf } from '../context/phases.ts';
import type { ServerObservation } from '../context/server-watch.ts';
import { computeCallMetrics } from '../measure/call-metrics.ts';
import type { CallRecord } from '../measure/call-record.ts';
import type { Conclusion } from '../run/conclusion.ts';
import { createTarget } from '../run/create-plan.ts';
import type { LoadPlan, Target } from '../run/load-plan.ts';
import type { LoadResult } from '../run/load-runner.ts';
import type { LoadtestOptions } from '../run/loadtest-options.ts';
import type { JudgedRun, LoadtestSession } from '../run/loadtest-session.ts';
import { createRandom } from '../workload/random.ts';
import { attribute } from './attribution.ts';
import { type Blocks, blockEffect, type EffectMeasure, percentileOf } from './block-effect.ts';
import { describeArm } from './describe-arm.ts';
import { mergeVerdict } from './merge-verdict.ts';

export interface ExecuteComparisonOptions {
  readonly options: LoadtestOptions;
  readonly session: LoadtestSession;
  readonly plan: LoadPlan;
}

interface Arm {
  readonly name: string;
  readonly target: Target;
  readonly results: LoadResult[];
  readonly servers: ServerObservation[];
}

interface ComparedMeasure extends EffectMeasure {
  readonly value: (call: CallRecord) => number;
}

export const COMPARED_MEASURES: readonly ComparedMeasure[] = [
  { name: 'TTFT p50', statistic: percentileOf(0.5), value: (call) => computeCallMetrics(call).ttftMs },
  { name: 'TTFT p95', statistic: percentileOf(0.95), value: (call) => computeCallMetrics(call).ttftMs },
  { name: 'TPOT p50', statistic: percentileOf(0.5), value: (call) => computeCallMetrics(call).tpotMs },
  { name: 'E2E p50', statistic: percentileOf(0.5), value: (call) => computeCallMetrics(call).e2eMs },
  { name: 'E2E p95', statistic: percentileOf(0.95), value: (call) => computeCallMetrics(call).e2eMs },
];
/** Chance of a wrong FAIL over all measures together. */
export const FAMILY_ALPHA = 0.05;

export async function executeComparison({
  options,
  session,
  plan,
}: ExecuteComparisonOptions): Promise<Conclusion> {
  const models = options.compare?.split(',').filter((name) => name !== '');
  const arms =
    models === undefined
      ? baselineArms(options)
      : models.map((model) => createArm(model, createTarget(options, model)));
  const fitted = await session.prepare({ ...plan, target: arms[0]?.target ?? plan.target });
  const calibrations = await session.calibrateFor(fitted);
  await runBlocks({ arms, session, plan: fitted, blocks: options.blocks });
  const judged: JudgedRun[] = [];
  for (const arm of arms) {
    judged.push(await session.judge({ ...fitted, target: arm.target }, { ...joined(arm), calibrations }));
  }
  const described = arms.map((arm, index) => armOf(arm, judged[index]));
  const subject = models === undefined ? judged[judged.length - 1] : judged[0];
  const [baseline, ...others] = described;
  if (subject === undefined || baseline === undefined) throw new RangeError('a comparison without arms');
  const effects = arms.slice(1).flatMap((arm) => effectsOf(arms[0] ?? arm, arm, options, arms.length > 2));
  const attribution = others.flatMap((arm) =>
    attribute(
      baseline,
      arm,
      effects.filter(({ measure }) => arms.length <= 2 || measure.startsWith(arm.name)),
    ),
  );
  const comparison: LoadComparison = {
    kind: models === undefined ? 'baseline' : 'models',
    baseline: baseline.name,
    candidate: others.length === 1 ? (others[0]?.name ?? null) : null,
    max_regression_percent: options.maxRegression * 100,
    blocks: options.blocks,
    arms: described,
    effects,
    attribution,
  };
  // Models may differ as they like: only a baseline is a promise.
  const verdict =
    models === undefined ? mergeVerdict(subject.verdict, effects, attribution) : subject.verdict;
  return { run: { ...subject, verdict }, comparison, sweep: null };
}

function createArm(name: string, target: Target): Arm {
  return { name, target, results: [], servers: [] };
}

function baselineArms(options: LoadtestOptions): Arm[] {
  const model = options.model ?? '';
  return [
    createArm(
      'baseline',
      createTarget(options, options.baselineModel ?? model, options.baselineUrl ?? options.url),
    ),
    createArm('candidate', createTarget(options, model)),
  ];
}

interface RunBlocksInput {
  readonly arms: readonly Arm[];
  readonly session: LoadtestSession;
  readonly plan: LoadPlan;
  readonly blocks: number;
}

async function runBlocks({ arms, session, plan, blocks }: RunBlocksInput): Promise<void> {
  const random = createRandom(plan.seed + 17);
  for (let block = 0; block < blocks; block += 1) {
    const rotated = random.uniform() < 0.5 ? [...arms] : [...arms].reverse();
    for (const [position, arm] of rotated.entries()) {
      const requests = plan.requests === null ? null : Math.max(1, Math.ceil(plan.requests / blocks));
      const { result, server } = await session.measure(
        {
          ...plan,
          target: arm.target,
          requests,
          durationMs: plan.durationMs === null ? null : plan.durationMs / blocks / arms.length,
          arm: arm.name,
          block,
          // The same prompts for every arm, never the same nonce.
          seed: plan.seed + block,
          firstIndex: (block * arms.length + position) * 1_000_000,
        },
        `block ${block + 1}/${blocks} ${arm.name}`,
      );
      arm.results.push(result);
      if (server !== null) arm.servers.push(server);
    }
  }
}

/** Blocks laid end to end on one time axis. */
function joined({ results, servers }: Arm): { result: LoadResult; server: ServerObservation | null } {
  const records: CallRecord[] = [];
  let offsetMs = 0;
  for (const result of results) {
    for (const call of result.records) records.push(shifted(call, offsetMs));
    offsetMs += result.wallMs;
  }
  const first = results[0];
  const result: LoadResult = {
    records,
    healths: results.flatMap((part) => part.healths),
    mostInFlight: Math.max(0, ...results.map((part) => part.mostInFlight)),
    openSockets: Math.max(0, ...results.map((part) => part.openSockets)),
    wallMs: offsetMs,
    stoppedEarly: first?.stoppedEarly ?? false,
  };
  return { result, server: servers.at(-1) ?? null };
}

function shifted(call: CallRecord, byMs: number): CallRecord {
  return {
    ...call,
    scheduledMs: call.scheduledMs + byMs,
    sentMs: call.sentMs + byMs,
    headersMs: call.headersMs + byMs,
    firstChoiceMs: call.firstChoiceMs + byMs,
    firstAnswerMs: call.firstAnswerMs + byMs,
    closedMs: call.closedMs + byMs,
    eventMs: call.eventMs.map((ms) => ms + byMs),
  };
}

function armOf(arm: Arm, judged: JudgedRun | undefined): LoadArm {
  if (judged === undefined) throw new RangeError(`${arm.name} was not judged`);
  return describeArm(
    arm.name,
    judged.figures,
    phasesOf(judged.figures.measured, meanObservation(arm.servers)),
  );
}

/** Phase means over an arm's blocks: each block's growth belongs to that arm alone. */
function meanObservation(servers: readonly ServerObservation[]): ServerObservation | null {
  const last = servers.at(-1);
  if (last === undefined) return null;
  const mean = (pick: (server: ServerObservation) => number | null): number | null => {
    const values = servers.map(pick).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    ...last,
    phaseMeanMs: {
      queue: mean((server) => server.phaseMeanMs.queue),
      prefill: mean((server) => server.phaseMeanMs.prefill),
      decode: mean((server) => server.phaseMeanMs.decode),
      inference: mean((server) => server.phaseMeanMs.inference),
      e2e: mean((server) => server.phaseMeanMs.e2e),
    },
  };
}

function effectsOf(baseline: Arm, candidate: Arm, options: LoadtestOptions, named: boolean): LoadEffect[] {
  return COMPARED_MEASURES.map((measure) => {
    const effect = blockEffect({
      measure,
      baseline: blocksOf(baseline, measure),
      candidate: blocksOf(candidate, measure),
      maxRegression: options.maxRegression,
      alpha: FAMILY_ALPHA / COMPARED_MEASURES.length,
      random: createRandom(options.seed),
    });
    return named ? { ...effect, measure: `${candidate.name} ${effect.measure}` } : effect;
  });
}

function blocksOf({ results }: Arm, { value }: ComparedMeasure): Blocks {
  return results.map(({ records }) => records.map(value));
}
