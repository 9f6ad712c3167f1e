// The comparison of one job: models side by side, or a candidate against its baseline (which runs twice, for the noise floor).
import type { LoadComparison, LoadEffect } from '@tollgate/contract';
import { phasesOf } from '../context/phases.ts';
import { computeCallMetrics } from '../measure/call-metrics.ts';
import type { Conclusion } from '../run/conclusion.ts';
import { createTarget } from '../run/create-plan.ts';
import type { LoadPlan } from '../run/load-plan.ts';
import type { LoadtestOptions } from '../run/loadtest-options.ts';
import type { JudgedRun, LoadtestSession } from '../run/loadtest-session.ts';
import { createRandom } from '../workload/random.ts';
import { attribute } from './attribution.ts';
import { blockEffect } from './block-effect.ts';
import type { Blocks } from './block-percentile.ts';
import { COMPARED_MEASURES, type ComparedMeasure, MEASURE_ALPHA } from './compared-measures.ts';
import { describeArm } from './describe-arm.ts';
import { errorEffect } from './error-effect.ts';
import { type Arm, createArm, joinBlocks, meanObservation, runArms } from './interleaved-arms.ts';
import { mergeVerdict, withFailingModels } from './merge-verdict.ts';
import type { CallCounts } from './share-difference.ts';

export interface ExecuteComparisonOptions {
  readonly options: LoadtestOptions;
  readonly session: LoadtestSession;
  readonly plan: LoadPlan;
}

interface Sides {
  readonly baseline: Arm;
  /** The baseline's second run in each block; undefined between models. */
  readonly again: Arm | undefined;
  readonly others: readonly Arm[];
}

export async function executeComparison({
  options,
  session,
  plan,
}: ExecuteComparisonOptions): Promise<Conclusion> {
  const models = options.compare?.split(',').filter((name) => name !== '');
  const sides = models === undefined ? baselineSides(options) : modelSides(options, models);
  const arms = [sides.baseline, ...(sides.again === undefined ? [] : [sides.again]), ...sides.others];
  const targets = arms.map(({ target }) => target);
  const fitted = await session.prepare({ ...plan, target: sides.baseline.target }, targets);
  const calibrations = await session.calibrateFor(fitted);
  await runArms({ arms, session, plan: fitted, blocks: options.blocks });
  const judged = new Map<Arm, JudgedRun>();
  for (const arm of arms) {
    const measured = { result: joinBlocks(arm), server: meanObservation(arm), calibrations, compared: true };
    judged.set(arm, await session.judge({ ...fitted, target: arm.target, arm: arm.name }, measured));
  }
  const comparison = describeComparison(options, sides, judged);
  const runOf = (arm: Arm): JudgedRun => judgedRun(judged, arm);
  // The subject of the figures and objectives: the candidate, or the first of several models.
  const subject = runOf(models === undefined ? (sides.others[0] ?? sides.baseline) : sides.baseline);
  // Only a baseline is a promise.
  const verdict =
    models === undefined
      ? mergeVerdict(subject.verdict, comparison.effects, comparison.attribution)
      : withFailingModels(
          subject.verdict,
          sides.others.map((arm) => ({ name: arm.name, run: runOf(arm) })),
        );
  return { run: { ...subject, verdict }, comparison, sweep: null };
}

function judgedRun(judged: ReadonlyMap<Arm, JudgedRun>, arm: Arm): JudgedRun {
  const run = judged.get(arm);
  if (run === undefined) throw new RangeError(`${arm.name} was not judged`);
  return run;
}

function baselineSides(options: LoadtestOptions): Sides {
  const model = options.model ?? '';
  const target = createTarget(options, options.baselineModel ?? model, options.baselineUrl ?? options.url);
  return {
    baseline: createArm('baseline', target),
    again: createArm('baseline again', target),
    others: [createArm('candidate', createTarget(options, model))],
  };
}

function modelSides(options: LoadtestOptions, models: readonly string[]): Sides {
  const [first = '', ...rest] = models;
  return {
    baseline: createArm(first, createTarget(options, first)),
    again: undefined,
    others: rest.map((model) => createArm(model, createTarget(options, model))),
  };
}

function describeComparison(
  options: LoadtestOptions,
  sides: Sides,
  judged: ReadonlyMap<Arm, JudgedRun>,
): LoadComparison {
  const describe = (arm: Arm): LoadComparison['arms'][number] => {
    const run = judgedRun(judged, arm);
    return describeArm(arm.name, run.figures, phasesOf(run.figures.measured, run.server));
  };
  const baseline = describe(sides.baseline);
  const compared = sides.others.map((arm) => ({
    arm: describe(arm),
    effects: effectsOf(sides, arm, options),
  }));
  const named = compared.length > 1;
  return {
    kind: sides.again === undefined ? 'models' : 'baseline',
    baseline: baseline.name,
    candidate: named ? null : (compared[0]?.arm.name ?? null),
    max_regression_percent: options.maxRegression * 100,
    blocks: options.blocks,
    arms: [
      baseline,
      ...(sides.again === undefined ? [] : [describe(sides.again)]),
      ...compared.map(({ arm }) => arm),
    ],
    effects: compared.flatMap(({ arm, effects }) =>
      effects.map((effect) => (named ? { ...effect, measure: `${arm.name} ${effect.measure}` } : effect)),
    ),
    attribution: compared.flatMap(({ arm, effects }) => attribute(baseline, arm, effects)),
  };
}

function effectsOf({ baseline, again }: Sides, candidate: Arm, options: LoadtestOptions): LoadEffect[] {
  const latencies = COMPARED_MEASURES.map((measure) =>
    blockEffect({
      measure,
      baseline: blocksOf(baseline, measure),
      again: again === undefined ? null : blocksOf(again, measure),
      candidate: blocksOf(candidate, measure),
      maxRegression: options.maxRegression,
      alpha: MEASURE_ALPHA,
      random: createRandom(options.seed),
    }),
  );
  const errors = errorEffect({
    baseline: countsOf(baseline),
    again: again === undefined ? null : countsOf(again),
    candidate: countsOf(candidate),
    maxIncrease: options.maxErrorIncrease,
    random: createRandom(options.seed),
  });
  return [...latencies, errors];
}

function countsOf({ results }: Arm): CallCounts[] {
  return results.map(({ records }) => ({
    failed: records.filter(({ error }) => error !== null).length,
    attempted: records.length,
  }));
}

function blocksOf({ results }: Arm, { value }: ComparedMeasure): Blocks {
  return results.map(({ records }) => records.map((call) => value(computeCallMetrics(call))));
}
