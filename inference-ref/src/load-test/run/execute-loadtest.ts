// Carries out what the options ask for: a single run, a sweep or a comparison; gives back the report and the raw records.
import { randomBytes } from 'node:crypto';
import { formatTimestamp, type LoadTestRun } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import { executeComparison } from '../compare/execute-comparison.ts';
import { compareWithStored, readStoredReport, refuseOtherLoad } from '../compare/stored-baseline.ts';
import { fetchLedgerTrace } from '../context/ledger-trace.ts';
import type { CallRecord } from '../measure/call-record.ts';
import type { MeasuredCall } from '../measure/run-figures.ts';
import { buildReport } from '../report/build-report.ts';
import type { LiveProgress } from '../report/live-progress.ts';
import { createRunId } from '../report/run-id.ts';
import type { TracedCall } from '../shapes/shape.ts';
import { readTraceFile } from '../workload/trace-file.ts';
import type { Conclusion } from './conclusion.ts';
import { createPlan } from './create-plan.ts';
import { describeLoad } from './describe-load.ts';
import { executeSweep } from './execute-sweep.ts';
import type { LoadPlan } from './load-plan.ts';
import { createLoadRunner } from './load-runner.ts';
import type { LoadtestOptions } from './loadtest-options.ts';
import { createLoadtestSession, type LoadtestSession } from './loadtest-session.ts';
import { readObjectives } from './read-objectives.ts';

export interface LoadtestOutcome {
  readonly report: LoadTestRun;
  /** Every call, warm-up and cool-down included. */
  readonly records: readonly CallRecord[];
  readonly measured: readonly MeasuredCall[];
}

export interface ExecuteDeps {
  readonly progress: LiveProgress;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export async function executeLoadtest(options: LoadtestOptions, deps: ExecuteDeps): Promise<LoadtestOutcome> {
  const objectives = readObjectives(options);
  const startedAt = formatTimestamp(deps.clock.nowMicros());
  const trace = await readTrace(options);
  const stored = options.baseline === undefined ? null : readStoredReport(options.baseline);
  const plan = createPlan({ options, runNonce: randomBytes(5).toString('hex'), trace });
  if (stored !== null) refuseOtherLoad(stored, describeLoad(options, plan), plan.target.api);
  const runner = await createLoadRunner(options.workers);
  try {
    const session = createLoadtestSession({ options, objectives, runner, ...deps });
    const conclusion = await conclude({ options, session, plan, stored });
    const endedAt = formatTimestamp(deps.clock.nowMicros());
    const report = reportOf(options, conclusion, {
      startedAt,
      endedAt,
      id: createRunId(Math.floor(deps.clock.nowMicros() / 1000)),
    });
    const { result, figures } = conclusion.run;
    return { report, records: result.records, measured: figures.measured };
  } finally {
    await runner.close();
  }
}

interface ConcludeInput {
  readonly options: LoadtestOptions;
  readonly session: LoadtestSession;
  readonly plan: LoadPlan;
  /** An earlier run to compare with. */
  readonly stored: LoadTestRun | null;
}

async function conclude({ options, session, plan, stored }: ConcludeInput): Promise<Conclusion> {
  if (
    options.compare !== undefined ||
    options.baselineUrl !== undefined ||
    options.baselineModel !== undefined
  ) {
    return executeComparison({ options, session, plan });
  }
  if (options.sweep !== undefined) return executeSweep({ options, session, plan });
  const fitted = await session.prepare(plan);
  const calibrations = await session.calibrateFor(fitted);
  const measured = await session.measure(fitted, options.test ?? 'load');
  const run = await session.judge(fitted, { ...measured, calibrations });
  if (stored === null) return { run, comparison: null, sweep: null };
  const { maxRegression, maxErrorIncrease } = options;
  return { ...compareWithStored({ stored, run, maxRegression, maxErrorIncrease }), sweep: null };
}

async function readTrace({
  trace,
  collector,
  token,
  traceFrom: from,
  traceTo: to,
}: LoadtestOptions): Promise<readonly TracedCall[]> {
  if (trace === undefined) return [];
  if (trace !== 'ledger') return readTraceFile(trace);
  if (collector === undefined || token === undefined || from === undefined || to === undefined)
    throw new RangeError('the options were not checked');
  return fetchLedgerTrace({ collector, token, from, to });
}

const USERS_WINDOW_MS = 10_000;
const WINDOW_MS = 1000;

function reportOf(
  options: LoadtestOptions,
  { run, comparison, sweep }: Conclusion,
  { id, startedAt, endedAt }: { readonly id: string; readonly startedAt: string; readonly endedAt: string },
): LoadTestRun {
  const { plan } = run;
  return buildReport({
    id,
    name: options.name ?? `${plan.target.model} ${options.test ?? plan.shape.kind}`,
    startedAt,
    endedAt,
    target: {
      url: plan.target.baseUrl,
      model: plan.target.model,
      api: plan.target.api,
      connections: options.connections,
    },
    load: describeLoad(options, plan),
    figures: run.figures,
    verdict: run.verdict,
    objectives: run.objectives,
    confidence: options.confidence,
    certificate: run.certificate,
    goodput: run.goodput,
    server: run.server,
    cost: run.cost,
    windowMs: plan.shape.kind === 'users' ? USERS_WINDOW_MS : WINDOW_MS,
    cutShort: run.cutShort,
    comparison,
    sweep,
  });
}
