// The state of one call from its start to its end, and what the wire can tell of it when it is over.
import type { CallError } from '../measure/call-record.ts';
import type { RunClock } from '../measure/run-clock.ts';
import { classifyNoStream, classifyStatus } from './classify-error.ts';
import type { Connection } from './connection-pool.ts';
import type { StreamReader } from './stream-reader.ts';
import type { StreamReading, StreamSummary } from './stream-reading.ts';

/** A call that is over, however it ended. Nested rather than spread out: one such object is made for every call. */
export interface FinishedCall {
  readonly call: CallOnWire;
  readonly answer: StreamSummary;
  readonly closedMs: number;
  readonly error: CallError | null;
  /** Phases that the server told, in headers, trailers or the stream; null when it told none. */
  readonly serverTiming: Readonly<Record<string, number>> | null;
}

export interface StreamRequest {
  readonly clock: RunClock;
  readonly reader: StreamReader;
  /** Request line and headers, without their end. */
  readonly head: string;
}

export interface CallOnWire {
  readonly request: StreamRequest;
  /** Let go of once it is sent: thousands of prompts would be what the collector has to move. */
  body: string;
  readonly reading: StreamReading;
  readonly resolve: (result: FinishedCall) => void;
  readonly startedMs: number;
  connection: Connection<CallOnWire> | null;
  sentMs: number;
  headersMs: number;
  /** When the last bytes came, the start of waiting for the first ones. */
  lastBytesMs: number;
  status: number | null;
  receivedBytes: number;
  /** Without its parameters; empty when the server gave none. */
  contentType: string;
  /** A sidecar passed the answer on and keeps a record of the call. */
  throughSidecar: boolean;
  /** Where a redirect points to. */
  location: string | undefined;
  /** The first of an answer that is no event stream. */
  plainBody: string;
  serverTiming: Record<string, number> | null;
  fresh: boolean;
  connectMs: number;
  over: boolean;
}

export function beginCall(
  request: StreamRequest,
  body: string,
  resolve: (result: FinishedCall) => void,
): CallOnWire {
  const startedMs = request.clock.nowMs();
  return {
    request,
    body,
    reading: request.reader.begin(),
    resolve,
    startedMs,
    connection: null,
    sentMs: Number.NaN,
    headersMs: Number.NaN,
    lastBytesMs: startedMs,
    status: null,
    receivedBytes: 0,
    contentType: '',
    throughSidecar: false,
    location: undefined,
    plainBody: '',
    serverTiming: null,
    fresh: false,
    connectMs: Number.NaN,
    over: false,
  };
}

/** `failure` is what ended the call before its answer was whole. */
export function finishCall(call: CallOnWire, failure: CallError | null): FinishedCall {
  const closedMs = call.request.clock.nowMs();
  const answer = call.request.reader.finish(call.reading, closedMs);
  return {
    call,
    answer,
    closedMs,
    error: failure === null ? answerError(call, answer.problem) : { ...failure, status: call.status },
    serverTiming: call.serverTiming === null ? answer.phases : { ...call.serverTiming, ...answer.phases },
  };
}

function answerError(call: CallOnWire, problem: StreamSummary['problem']): CallError | null {
  const { status, contentType, plainBody, location } = call;
  if (status !== 200) return classifyStatus(status ?? 0, plainBody, location);
  if (problem === null) return null;
  if (problem.kind !== 'stream_error' && !mayStream(contentType))
    return classifyNoStream(status, contentType, plainBody);
  return { ...problem, status };
}

/** Some servers stream under another name or under none: only an answer that could not be read is held against its type. */
export function mayStream(contentType: string): boolean {
  return contentType === '' || contentType === 'text/event-stream';
}
