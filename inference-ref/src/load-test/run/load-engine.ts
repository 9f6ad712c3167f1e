// Carries out a plan in one process: shape, workload and wire put together. Reports each finished call; decides nothing.
import type { CallRecord } from '../measure/call-record.ts';
import { type ClientHealth, monitorClientHealth } from '../measure/client-health.ts';
import type { RunClock } from '../measure/run-clock.ts';
import { type LaunchJob, type ShapeContext, shareOf } from '../shapes/shape.ts';
import { type ConnectionSlots, createConnectionSlots } from '../wire/connection-slots.ts';
import type { Dialect } from '../wire/dialect.ts';
import { selectDialect } from '../wire/select-dialect.ts';
import { streamCall } from '../wire/stream-call.ts';
import { createStreamReading } from '../wire/stream-reading.ts';
import { createRandom } from '../workload/random.ts';
import type { Prompt, Workload } from '../workload/workload.ts';
import { createShape } from './create-shape.ts';
import { createWorkload } from './create-workload.ts';
import type { LoadPlan, Target } from './load-plan.ts';
import { createWaiting } from './waiting.ts';

export interface LoadEngine {
  /** Opens connections, asks for the start, and runs the plan to its end. */
  readonly run: (plan: LoadPlan, options: RunOptions) => Promise<EngineResult>;
  /** Starts no further call of the current run; those in flight end by themselves. */
  readonly stop: () => void;
  readonly close: () => Promise<void>;
}

export interface RunStart {
  readonly clock: RunClock;
  readonly originNs: bigint;
}

export interface RunOptions {
  /** Asked once connections are open: resolves with the run's zero, which may lie a little ahead. */
  readonly start: () => Promise<RunStart>;
  readonly onRecord: (record: CallRecord) => void;
}

export interface EngineResult {
  readonly health: ClientHealth;
  readonly mostInFlight: number;
  readonly openSockets: number;
}

export interface EngineProgress {
  readonly inFlight: number;
  readonly started: number;
}

export interface LoadEngineOptions {
  readonly share: { readonly index: number; readonly count: number };
  readonly loadTokenizer: (path: string) => Promise<(text: string) => number>;
}

interface ActiveRun extends RunStart {
  readonly onRecord: (record: CallRecord) => void;
  readonly plan: LoadPlan;
  readonly slots: ConnectionSlots;
  readonly dialect: Dialect;
  readonly workload: Workload;
  readonly countTokens: ((text: string) => number) | undefined;
  readonly basePath: string;
  readonly workerIndex: number;
  readonly workerCount: number;
  started: number;
  inFlight: number;
  mostInFlight: number;
}

export function createLoadEngine({ share, loadTokenizer }: LoadEngineOptions): LoadEngine {
  const slotsByTarget = new Map<string, ConnectionSlots>();
  let stopCurrent: (() => void) | undefined;
  return {
    run: async (plan, options) => {
      const slots = slotsFor(plan.target, slotsByTarget);
      const workload = createWorkload(plan, share.index);
      const countTokens =
        plan.tokenizerFile === undefined ? undefined : await loadTokenizer(plan.tokenizerFile);
      await slots.openAhead(shareOf(plan.openAhead, share));
      const start = await options.start();
      const run: ActiveRun = {
        ...start,
        onRecord: options.onRecord,
        plan,
        slots,
        workload,
        countTokens,
        dialect: selectDialect(plan.target.api, plan.target.maxTokensField),
        basePath: new URL(plan.target.baseUrl).pathname.replace(/\/+$/, ''),
        workerIndex: share.index,
        workerCount: share.count,
        started: 0,
        inFlight: 0,
        mostInFlight: 0,
      };
      const waiting = createWaiting(start.clock.nowMs);
      let stopped = false;
      stopCurrent = () => {
        stopped = true;
        waiting.releaseAll();
      };
      const context: ShapeContext = {
        nowMs: start.clock.nowMs,
        until: waiting.until,
        launch: (job) => launch(run, job),
        random: createRandom(plan.seed),
        stopped: () => stopped,
        share,
        limits: { requests: plan.requests, durationMs: plan.durationMs },
      };
      await waiting.until(0);
      const monitor = monitorClientHealth();
      await createShape(plan.shape)(context);
      stopCurrent = undefined;
      return { health: monitor.stop(), mostInFlight: run.mostInFlight, openSockets: run.slots.openSockets() };
    },
    stop: () => stopCurrent?.(),
    close: async () => {
      await Promise.all([...slotsByTarget.values()].map((slots) => slots.close()));
      slotsByTarget.clear();
    },
  };
}

function slotsFor(target: Target, slotsByTarget: Map<string, ConnectionSlots>): ConnectionSlots {
  const { origin } = new URL(target.baseUrl);
  const key = JSON.stringify([origin, target.reuseConnections, target.stallTimeoutMs, target.insecureTls]);
  const known = slotsByTarget.get(key);
  if (known !== undefined) return known;
  const slots = createConnectionSlots({
    origin,
    reuse: target.reuseConnections,
    connectTimeoutMs: target.connectTimeoutMs,
    headersTimeoutMs: target.totalTimeoutMs,
    stallTimeoutMs: target.stallTimeoutMs,
    rejectUnauthorized: !target.insecureTls,
  });
  slotsByTarget.set(key, slots);
  return slots;
}

async function launch(run: ActiveRun, job: LaunchJob): Promise<void> {
  const { plan, dialect, workload, slots } = run;
  const index = plan.firstIndex + run.started * run.workerCount + run.workerIndex;
  run.started += 1;
  run.inFlight += 1;
  run.mostInFlight = Math.max(run.mostInFlight, run.inFlight);
  const session = job.session ?? null;
  const turn = job.turn ?? 0;
  const prompt = workload.next({ index, session, turn, traced: job.traced ?? null });
  const slot = slots.acquire();
  const { text, ...result } = await streamCall({
    slot,
    clock: run.clock,
    path: dialect.path(run.basePath, plan.target.model),
    headers: requestHeaders(plan.target, dialect),
    body: requestBody(plan.target, dialect, prompt),
    reading: createStreamReading({
      dialect,
      keepText: workload.keepsText,
      countTokens: run.countTokens,
      nsToRunMs: (ns) => (ns - Number(run.originNs)) / 1e6,
    }),
    closeAfter: !plan.target.reuseConnections,
    totalTimeoutMs: plan.target.totalTimeoutMs,
  });
  slots.release(slot, result.error !== null && result.status === null);
  run.inFlight -= 1;
  if (session !== null && result.error === null) workload.answered(session, turn, text);
  run.onRecord({
    ...result,
    index,
    worker: run.workerIndex,
    arm: plan.arm,
    block: plan.block,
    session,
    turn,
    scheduledMs: job.scheduledMs,
    requestedInputTokens: prompt.requestedInputTokens,
    requestedOutputTokens: prompt.maxOutputTokens,
    cacheExpected: prompt.cacheExpected,
  });
}

function requestHeaders(target: Target, dialect: Dialect): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    ...dialect.headers(target.apiKey),
    ...target.headers,
  };
}

function requestBody(target: Target, dialect: Dialect, prompt: Prompt): string {
  return dialect.body({
    model: target.model,
    messages: prompt.messages,
    maxOutputTokens: prompt.maxOutputTokens,
    extraBody: target.extraBody,
  });
}
