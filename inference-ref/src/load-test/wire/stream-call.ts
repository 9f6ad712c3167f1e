// One streamed request over a slot's socket by undici's low-level dispatch: every chunk is stamped as it arrives.
import type { Dispatcher } from 'undici';
import type { CallError, CallRecord } from '../measure/call-record.ts';
import type { RunClock } from '../measure/run-clock.ts';
import { classifySocketError, classifyStatus } from './classify-error.ts';
import type { ConnectionSlot } from './connection-slots.ts';
import { parseServerTiming } from './server-timing.ts';
import type { StreamReading } from './stream-reading.ts';

/** The parts of a record that the wire can tell. */
export type WireResult = Omit<
  CallRecord,
  | 'index'
  | 'worker'
  | 'arm'
  | 'block'
  | 'session'
  | 'turn'
  | 'scheduledMs'
  | 'requestedInputTokens'
  | 'requestedOutputTokens'
  | 'cacheExpected'
> & { readonly text: string };

export interface StreamCallOptions {
  readonly slot: ConnectionSlot;
  readonly clock: RunClock;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly reading: StreamReading;
  readonly closeAfter: boolean;
  readonly totalTimeoutMs: number;
  readonly onChunk?: (events: number) => void;
}

interface WireState {
  sentMs: number;
  headersMs: number;
  status: number | null;
  receivedBytes: number;
  errorBody: string;
  serverTiming: Record<string, number> | null;
  timedOut: boolean;
}

const ERROR_BODY_LIMIT = 2000;

export function streamCall(options: StreamCallOptions): Promise<WireResult> {
  const { slot, clock } = options;
  const connectsBefore = slot.connects;
  const state: WireState = {
    sentMs: Number.NaN,
    headersMs: Number.NaN,
    status: null,
    receivedBytes: 0,
    errorBody: '',
    serverTiming: null,
    timedOut: false,
  };
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined;
    const timer = setTimeout(() => {
      state.timedOut = true;
      controller?.abort(new Error('total timeout'));
    }, options.totalTimeoutMs);
    const end = (error: Error | null): void => {
      clearTimeout(timer);
      const fresh = slot.connects > connectsBefore;
      resolve(wireResult({ options, state, error, fresh, closedMs: clock.nowMs() }));
    };
    const handler = createHandler(options, state, end, (current) => {
      controller = current;
      if (state.timedOut) current.abort(new Error('total timeout'));
    });
    slot.client.dispatch(
      {
        path: options.path,
        method: 'POST',
        headers: options.headers,
        body: options.body,
        reset: options.closeAfter,
      },
      handler,
    );
  });
}

function createHandler(
  options: StreamCallOptions,
  state: WireState,
  end: (error: Error | null) => void,
  started: (controller: Dispatcher.DispatchController) => void,
): Dispatcher.DispatchHandler {
  const { clock, reading, onChunk } = options;
  const takeServerTiming = (headers: Record<string, string | string[] | undefined>): void => {
    const phases = parseServerTiming(headers['server-timing']);
    if (phases !== null) state.serverTiming = { ...state.serverTiming, ...phases };
  };
  return {
    onRequestStart: (controller) => {
      state.sentMs = clock.nowMs();
      started(controller);
    },
    onResponseStart: (_controller, statusCode, headers) => {
      state.headersMs = clock.nowMs();
      state.status = statusCode;
      takeServerTiming(headers);
      // Written before the stream: what it says of decoding can't be the whole.
      delete state.serverTiming?.['decode'];
    },
    onResponseData: (_controller, chunk) => {
      const arrivedMs = clock.nowMs();
      state.receivedBytes += chunk.length;
      if (state.status !== 200) {
        if (state.errorBody.length < ERROR_BODY_LIMIT) state.errorBody += chunk.toString('utf8');
        return;
      }
      reading.push(chunk, arrivedMs);
      onChunk?.(reading.events());
    },
    onResponseEnd: (_controller, trailers) => {
      takeServerTiming(trailers ?? {});
      end(null);
    },
    onResponseError: (_controller, error) => end(error),
  };
}

interface WireOutcome {
  readonly options: StreamCallOptions;
  readonly state: WireState;
  readonly error: Error | null;
  readonly fresh: boolean;
  readonly closedMs: number;
}

function wireResult({ options, state, error, fresh, closedMs }: WireOutcome): WireResult {
  const { problem, usage, phases, ...summary } = options.reading.finish(closedMs);
  const told = { ...state.serverTiming, ...phases };
  const callError = findError(state, error, problem);
  return {
    ...summary,
    sentMs: state.sentMs,
    headersMs: state.headersMs,
    closedMs,
    status: state.status,
    receivedBytes: state.receivedBytes,
    serverTiming: Object.keys(told).length === 0 ? null : told,
    inputTokens: usage.inputTokens ?? null,
    cachedInputTokens: usage.cachedInputTokens ?? null,
    reasoningTokens: usage.reasoningTokens ?? null,
    error: callError,
    freshConnection: fresh,
    connectMs: fresh ? options.slot.connectMs : null,
  };
}

function findError(
  state: WireState,
  error: Error | null,
  problem: { kind: CallError['kind']; message: string } | null,
): CallError | null {
  if (state.timedOut)
    return { kind: 'total_timeout', status: state.status, message: 'the call outlived --timeout' };
  if (error !== null) return { ...classifySocketError(error), status: state.status };
  if (state.status !== 200) return classifyStatus(state.status ?? 0, state.errorBody);
  return problem === null ? null : { ...problem, status: state.status };
}
