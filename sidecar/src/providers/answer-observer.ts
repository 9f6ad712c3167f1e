// What the proxy asks of a provider's reader: facts about the request, and an observer of the answer's bytes.
// An observer never changes or delays a byte, and never throws: what it cannot read it reports as `usage_source: none`.
import type { Api, TokenUsage, UsageSource } from '@tollgate/contract';
import type { JsonMember } from './json-skim.ts';

/** What the request says, read only as deep as needed. */
export interface RequestFacts {
  readonly api: Api;
  readonly provider: string;
  /** OpenTelemetry `gen_ai.operation.name`. */
  readonly operation: string;
  readonly requestedModel: string;
  readonly stream: boolean;
  readonly maxOutputTokens: number | null;
  readonly temperature: number | null;
  readonly hasTools: boolean;
  /** True when the client itself asked for usage in the stream (OpenAI's `stream_options.include_usage`). */
  readonly usageRequested: boolean;
  /** The body's members; empty where it is no JSON object. */
  readonly members: readonly JsonMember[];
  /** The request's bytes (its head where it is large), held only for an estimate where the answer reports no usage. */
  readonly promptSample: PromptSample;
}

export interface PromptSample {
  readonly bytes: Buffer;
  /** Size of the whole body; the sample's count is scaled up to it. */
  readonly bodyBytes: number;
}

export interface AnswerFacts {
  readonly usage: TokenUsage;
  readonly usageSource: UsageSource;
  readonly billedTools: Readonly<Record<string, number>>;
  readonly responseModel: string;
  readonly responseId: string;
  readonly serviceTier: string;
  readonly finishReason: string;
  /** The provider's error type or code; empty when the answer is no error. An error inside a 200 stream is one too. */
  readonly errorType: string;
  /** Milliseconds on the clock of `onChunk`'s `atMs`; null when there was none. */
  readonly firstReasoningAtMs: number | null;
  readonly firstAnswerAtMs: number | null;
  readonly interTokenP50Ms: number | null;
  readonly interTokenP99Ms: number | null;
  readonly maxStallMs: number | null;
  readonly tokenEvents: number;
  /** True when the stream's own end marker was seen (`[DONE]`, `message_stop`, …) or the whole body was read. */
  readonly complete: boolean;
  /** What a reader stumbled over, where one did: a defect of ours, to be logged. The other facts are what stood before. */
  readonly fault?: unknown;
}

export interface AnswerObserver {
  /** Bytes exactly as they came from upstream, still compressed if they were. `atMs` is the monotonic clock. */
  readonly onChunk: (chunk: Buffer, atMs: number) => void;
  /** Called once, after the last chunk, however the answer ended. A promise where bytes must be inflated or tokens estimated. */
  readonly finish: (ending: 'complete' | 'cut') => AnswerFacts | Promise<AnswerFacts>;
  /** The answer's own text (reasoning left out), its first 32 kB, for the content filter. Complete after `finish`. */
  readonly answerText: () => string;
}
