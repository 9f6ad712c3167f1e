// What is known of a call while it runs. Written by the exchange and the relay, read once when the call has finished.
import type { IncomingMessage } from 'node:http';
import type { Api } from '@tollgate/contract';
import type { Attribution } from '../policy/attribution.ts';
import type { AnswerObserver, RequestFacts } from '../providers/answer-observer.ts';
import type { PromptDigest } from '../providers/prompt-digest.ts';
import type { CallSpan } from '../telemetry/call-tracer.ts';
import type { Ending } from '../telemetry/finished-call.ts';
import type { TraceParent } from '../telemetry/trace-context.ts';

export interface CallState {
  readonly callId: string;
  readonly startedAtMicros: number;
  readonly arrivedAtMs: number;
  readonly attribution: Attribution;
  readonly provider: string;
  readonly upstream: string;
  readonly api: Api;
  readonly method: string;
  /** The span of this call, or its caller's where we trace nothing. */
  trace: TraceParent | null;
  span: CallSpan | null;
  request: RequestFacts;
  /** The request's bytes where they were read whole, for digests and filters. */
  body: Buffer | null;
  digests: PromptDigest | null;
  /** The answer's reader, once an answer has begun. */
  observer: AnswerObserver | null;
  dispatchedAtMs: number | null;
  connectMs: number | null;
  firstByteAtMs: number | null;
  ownMs: number;
  clientBlockedMs: number;
  status: number;
  requestBytes: number;
  responseBytes: number;
  retries: number;
}

/** How a call came to its end. */
export interface CallEnd {
  /** Whether the answer that the observer saw came to its own end. */
  readonly answer: 'complete' | 'cut';
  readonly ending: Ending;
  /** Ends the client's answer. Runs once the call is kept, or counted as dropped. */
  readonly release: () => void;
}

/** What follows calls from outside the data path: records, metrics, spans. Never throws. */
export interface CallSink {
  readonly begin: (call: CallState, request: IncomingMessage) => void;
  /** Headers that replace the client's upstream, as name and value by turns; empty where there are none. */
  readonly upstreamHeaders: (call: CallState) => readonly string[];
  /** The request is on its way upstream. */
  readonly sent: (call: CallState) => void;
  /** Records a call that has ended. */
  readonly finish: (call: CallState, end: CallEnd) => void;
  /** Records at once what waits for the end of this turn of the event loop. */
  readonly settle: () => void;
}
