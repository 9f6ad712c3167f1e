// Carries out a plan in one process: shape, workload and wire put together. Reports each finished call; decides nothing.
import type { CallRecord } from '../measure/call-record.ts';
import { type ClientHealth, monitorClientHealth } from '../measure/client-health.ts';
import type { RunClock } from '../measure/run-clock.ts';
import { type LaunchJob, type ShapeContext, shareOf } from '../shapes/shape.ts';
import type { FinishedCall, StreamRequest } from '../wire/call-on-wire.ts';
import type { Dialect } from '../wire/dialect.ts';
import { createRequestHead } from '../wire/request-head.ts';
import { selectDialect } from '../wire/select-dialect.ts';
import { createStreamCaller, type StreamCaller } from '../wire/stream-caller.ts';
import { createStreamReader } from '../wire/stream-reader.ts';
import { createRandom } from '../workload/random.ts';
import type { Workload } from '../workload/workload.ts';
import { createShape } from './create-shape.ts';
import { createWorkload } from './create-workload.ts';
import { createHopelessStart } from './hopeless-start.ts';
import type { LoadPlan, Target } from './load-plan.ts';
import { createWaiting } from './waiting.ts';

export interface LoadEngine {
  /** Opens connections, asks for the start, and runs the plan to its end. */
  readonly run: (plan: LoadPlan, options: RunOptions) => Promise<EngineResult>;
  /** Starts no further call of the current run; those in flight end by themselves. */
  readonly stop: () => void;
  readonly close: () => void;
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
  /** Ended because its first calls were all turned away alike. */
  readonly hopeless: boolean;
  /** At least one answer came through a sidecar. */
  readonly throughSidecar: boolean;
}

export interface LoadEngineOptions {
  readonly share: { readonly index: number; readonly count: number };
  readonly loadTokenizer: (path: string) => Promise<(text: string) => number>;
}

interface ActiveRun {
  readonly onRecord: (record: CallRecord) => void;
  readonly plan: LoadPlan;
  readonly caller: StreamCaller;
  readonly dialect: Dialect;
  readonly request: StreamRequest;
  readonly workload: Workload;
  readonly share: LoadEngineOptions['share'];
  started: number;
  inFlight: number;
  mostInFlight: number;
  throughSidecar: boolean;
}

export function createLoadEngine({ share, loadTokenizer }: LoadEngineOptions): LoadEngine {
  const callers = new Map<string, StreamCaller>();
  let stopCurrent: (() => void) | undefined;
  return {
    run: async (plan, options) => {
      let stopped = false;
      let releaseWaiting = (): void => {};
      // From here on: a stop may come while connections are opened.
      stopCurrent = () => {
        stopped = true;
        releaseWaiting();
      };
      const caller = callerFor(plan.target, callers);
      const countTokens =
        plan.tokenizerFile === undefined ? undefined : await loadTokenizer(plan.tokenizerFile);
      const workload = createWorkload(plan, share.index);
      await caller.openAhead(shareOf(plan.openAhead, share));
      const start = await options.start();
      const isHopeless = createHopelessStart();
      let hopeless = false;
      const run = createActiveRun({
        plan,
        share,
        caller,
        workload,
        countTokens,
        ...start,
        onRecord: (record) => {
          options.onRecord(record);
          if (hopeless || !isHopeless(record.error)) return;
          hopeless = true;
          stopCurrent?.();
        },
      });
      const waiting = createWaiting(start.clock.nowMs);
      releaseWaiting = waiting.releaseAll;
      if (stopped) waiting.releaseAll();
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
      return {
        health: monitor.stop(),
        mostInFlight: run.mostInFlight,
        openSockets: caller.openSockets(),
        hopeless,
        throughSidecar: run.throughSidecar,
      };
    },
    stop: () => stopCurrent?.(),
    close: () => {
      for (const caller of callers.values()) caller.close();
      callers.clear();
    },
  };
}

function createActiveRun(
  input: Pick<ActiveRun, 'plan' | 'share' | 'caller' | 'workload' | 'onRecord'> & {
    readonly clock: RunClock;
    readonly originNs: bigint;
    readonly countTokens: ((text: string) => number) | undefined;
  },
): ActiveRun {
  const { clock, originNs, countTokens, ...rest } = input;
  const { target } = rest.plan;
  const dialect = selectDialect(target.api, target.maxTokensField);
  const originAtNs = Number(originNs);
  return {
    ...rest,
    dialect,
    request: {
      clock,
      head: createRequestHead(target, dialect),
      reader: createStreamReader({
        dialect,
        keepText: rest.workload.keepsText,
        countTokens,
        nsToRunMs: (ns) => (ns - originAtNs) / 1e6,
      }),
    },
    started: 0,
    inFlight: 0,
    mostInFlight: 0,
    throughSidecar: false,
  };
}

function callerFor(target: Target, callers: Map<string, StreamCaller>): StreamCaller {
  const { baseUrl, reuseConnections: reuse, connectTimeoutMs, stallTimeoutMs, totalTimeoutMs } = target;
  const endpoint = {
    origin: new URL(baseUrl).origin,
    connectTimeoutMs,
    rejectUnauthorized: !target.insecureTls,
    ca: target.ca,
  };
  const options = { endpoint, reuse, stallTimeoutMs, totalTimeoutMs };
  const key = JSON.stringify(options);
  const known = callers.get(key);
  if (known !== undefined) return known;
  const caller = createStreamCaller(options);
  callers.set(key, caller);
  return caller;
}

function launch(run: ActiveRun, job: LaunchJob): Promise<void> {
  const { plan, dialect, workload, share } = run;
  const index = plan.firstIndex + run.started * share.count + share.index;
  run.started += 1;
  run.inFlight += 1;
  run.mostInFlight = Math.max(run.mostInFlight, run.inFlight);
  const session = job.session ?? null;
  const turn = job.turn ?? 0;
  const prompt = workload.next({ index, session, turn, traced: job.traced ?? null });
  const { requestedInputTokens, maxOutputTokens, cacheExpected } = prompt;
  const ask: CallAsk = {
    index,
    session,
    turn,
    scheduledMs: job.scheduledMs,
    requestedInputTokens,
    maxOutputTokens,
    cacheExpected,
  };
  const body = dialect.body({
    model: plan.target.model,
    messages: prompt.messages,
    maxOutputTokens,
    extraBody: plan.target.extraBody,
  });
  return run.caller.call(run.request, body).then((finished) => {
    run.inFlight -= 1;
    if (finished.call.throughSidecar) run.throughSidecar = true;
    if (session !== null && finished.error === null) workload.answered(session, turn, finished.answer.text);
    run.onRecord(recordOf(run, ask, finished));
  });
}

/** What was asked of a call, kept until it is over. */
type CallAsk = Pick<
  CallRecord,
  'index' | 'session' | 'turn' | 'scheduledMs' | 'requestedInputTokens' | 'cacheExpected'
> & { readonly maxOutputTokens: number | null };

/** Field by field: spreading objects of this size costs more than everything else about a call. */
function recordOf({ plan, share }: ActiveRun, ask: CallAsk, finished: FinishedCall): CallRecord {
  const { call, answer } = finished;
  return {
    index: ask.index,
    worker: share.index,
    arm: plan.arm,
    block: plan.block,
    session: ask.session,
    turn: ask.turn,
    scheduledMs: ask.scheduledMs,
    sentMs: call.sentMs,
    headersMs: call.headersMs,
    firstChoiceMs: answer.firstChoiceMs,
    firstAnswerMs: answer.firstAnswerMs,
    closedMs: finished.closedMs,
    eventMs: answer.eventMs,
    eventTokens: answer.tokens.eventTokens,
    outputTokens: answer.tokens.outputTokens,
    tokenSource: answer.tokens.tokenSource,
    eventTokenSource: answer.tokens.eventTokenSource,
    inputTokens: answer.usage.inputTokens ?? null,
    cachedInputTokens: answer.usage.cachedInputTokens ?? null,
    reasoningTokens: answer.usage.reasoningTokens ?? null,
    requestedInputTokens: ask.requestedInputTokens,
    requestedOutputTokens: ask.maxOutputTokens,
    cacheExpected: ask.cacheExpected,
    finishReason: answer.finishReason,
    status: call.status,
    error: finished.error,
    freshConnection: call.fresh,
    connectMs: call.fresh ? call.connectMs : null,
    receivedBytes: call.receivedBytes,
    serverTiming: finished.serverTiming,
    truth: answer.truth,
  };
}
