// What the harness must know of an API style: where to send, what to send, how to read one event. One file implements each.

export type EventKind = 'answer' | 'reasoning' | 'tool';

export interface ReportedUsage {
  readonly inputTokens?: number;
  readonly cachedInputTokens?: number;
  /** Reasoning included. */
  readonly outputTokens?: number;
  readonly reasoningTokens?: number;
}

/** Times told by the built-in timing server, in nanoseconds of the machine's monotonic clock. */
export interface ToldTruth {
  readonly receivedNs: number;
  readonly firstDueNs: number;
  readonly firstWrittenNs: number;
  readonly lastDueNs: number;
  readonly lastWrittenNs: number;
}

/** Where a dialect puts what it reads; all calls for one chunk share that chunk's arrival time. */
export interface StreamSink {
  /** A chunk that carries choices, empty ones included. */
  readonly choice: () => void;
  /** Non-empty text; `tokens` when the server told how many it holds. */
  readonly event: (kind: EventKind, text: string, tokens: number | null) => void;
  readonly usage: (usage: ReportedUsage) => void;
  readonly finish: (reason: string) => void;
  /** The server reported a failure inside a 200 stream. */
  readonly fail: (message: string) => void;
  /** The end marker was seen: a close after this is no truncation. */
  readonly done: () => void;
  /** Whole phases of the call, told by the server at its end; milliseconds by name. */
  readonly phases: (phases: Readonly<Record<string, number>>) => void;
  readonly truth: (truth: ToldTruth) => void;
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface RequestContent {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly maxOutputTokens: number | null;
  /** Merged into the body last: temperature, tools, ignore_eos, reasoning_effort… */
  readonly extraBody: Readonly<Record<string, unknown>>;
}

export interface Dialect {
  readonly name: string;
  /** Path and query of the request, given the path of the base URL without a trailing slash. */
  readonly path: (basePath: string, model: string) => string;
  readonly headers: (apiKey: string | undefined) => Readonly<Record<string, string>>;
  readonly body: (content: RequestContent) => string;
  /** Reads one event's data. Throws SyntaxError on what is no JSON. */
  readonly read: (data: string, event: string, sink: StreamSink) => void;
}

/** Appends `/v1/<tail>` unless the base already ends with a version segment. */
export function versionedPath(basePath: string, version: string, tail: string): string {
  return /\/v\d+[a-z]*\d*$/.test(basePath) ? `${basePath}/${tail}` : `${basePath}/${version}/${tail}`;
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The words of an error object in any of the usual shapes. */
export function errorWords(error: unknown): string {
  const record = asRecord(error);
  const message = record?.['message'] ?? record?.['error'] ?? error;
  return (typeof message === 'string' ? message : (JSON.stringify(message) ?? 'unknown')).slice(0, 300);
}

/** Drops the keys whose value is undefined, for exact optional properties. */
export function reportedUsage(
  usage: {
    [Key in keyof ReportedUsage]: number | undefined;
  },
): ReportedUsage {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined));
}
