// What is kept of one call: raw timestamps and counts, nothing derived. Times are milliseconds on the run's clock.

export type CallErrorKind =
  | 'connect_refused'
  | 'connect_timeout'
  | 'dns'
  | 'tls'
  | 'connection_reset'
  | 'stall_timeout'
  | 'total_timeout'
  | 'http_auth'
  | 'http_rate_limited'
  | 'http_client_error'
  | 'http_server_error'
  | 'stream_error'
  | 'stream_truncated'
  | 'stream_malformed'
  | 'empty_answer'
  | 'client_limit'
  | 'other';

export interface CallError {
  readonly kind: CallErrorKind;
  readonly status: number | null;
  /** The server's or the system's words, cut short; never a prompt. */
  readonly message: string;
}

/** Where the completion's token count came from. `counted`: one of our tokenizers; `events`: the number of events, the last resort. */
export type TokenSource = 'reported' | 'counted' | 'events' | 'none';
/** How the tokens of single events are known: told by the server, one each, or shared out by text length. */
export type EventTokenSource = 'reported' | 'one_each' | 'apportioned';

export interface CallRecord {
  /** Unique within the run. */
  readonly index: number;
  readonly worker: number;
  readonly arm: string;
  readonly block: number;
  readonly session: number | null;
  readonly turn: number;
  /** When the load shape wanted the call to start. */
  readonly scheduledMs: number;
  /** When the request's first byte was handed to a connected socket; NaN when it never was. */
  readonly sentMs: number;
  readonly headersMs: number;
  /** First SSE chunk that has choices, role-only ones included: vLLM's first token. */
  readonly firstChoiceMs: number;
  /** First event that is not reasoning. */
  readonly firstAnswerMs: number;
  readonly closedMs: number;
  /** Arrival of each event and the tokens it carried; the same length. */
  readonly eventMs: Float64Array;
  readonly eventTokens: Float64Array;
  readonly outputTokens: number;
  readonly tokenSource: TokenSource;
  readonly eventTokenSource: EventTokenSource;
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly requestedInputTokens: number | null;
  readonly requestedOutputTokens: number | null;
  /** The workload repeats prompts on purpose: cached tokens are then no contamination. */
  readonly cacheExpected: boolean;
  readonly finishReason: string | null;
  readonly status: number | null;
  readonly error: CallError | null;
  readonly freshConnection: boolean;
  /** TCP and TLS set-up, for fresh connections. */
  readonly connectMs: number | null;
  readonly receivedBytes: number;
  /** Phases by name from the `server-timing` header or trailer, in milliseconds. */
  readonly serverTiming: Readonly<Record<string, number>> | null;
  /** Times told by the built-in timing server; null elsewhere. */
  readonly truth: CallTruth | null;
}

/** `due` is when the timing server meant to write: what it made of that is its own lateness. */
export interface CallTruth {
  readonly receivedMs: number;
  readonly firstDueMs: number;
  readonly firstWrittenMs: number;
  readonly lastDueMs: number;
  readonly lastWrittenMs: number;
}
