// Observes one answer: inflates, unframes, reads, and sums up in facts. Never throws and never delays a byte.
import { emptyUsage, MAX_CALL_COUNT, type TokenUsage, type UsageSource } from '@tollgate/contract';
import { type AnswerDraft, createAnswerDraft } from './answer-draft.ts';
import { type AnswerFraming, createAnswerFraming } from './answer-framing.ts';
import type { AnswerFacts, AnswerObserver, RequestFacts } from './answer-observer.ts';
import { createBodyDecoder } from './body-decoder.ts';
import { type DialectReader, type HeaderMap, headerValue } from './dialect.ts';
import { findDialect } from './dialects.ts';
import { quantilesOf } from './gap-histogram.ts';
import { promptText } from './prompt-text.ts';
import { sampledShare, sampledText } from './text-sample.ts';
import { estimateTokens } from './token-estimate.ts';

export interface AnswerObserverOptions {
  readonly request: RequestFacts;
  readonly provider: string;
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: HeaderMap;
}

/** None, no content, not modified: nothing was computed that could be billed. */
const BODILESS_STATUSES: ReadonlySet<number> = new Set([0, 204, 304]);

/** Bytes of the prompt that an estimate tokenizes. */
const ESTIMATED_PROMPT_BYTES = 32 * 1024;

export function createAnswerObserver(options: AnswerObserverOptions): AnswerObserver {
  const { request, provider, status, headers } = options;
  const draft = createAnswerDraft();
  const reader = findDialect(request.api)({ request, provider, headers, draft });
  const contentType = headerValue(headers, 'content-type').toLowerCase();
  const extensions = headerValue(headers, 'sec-websocket-extensions');
  const framing = createAnswerFraming({ request, status, contentType, extensions, reader, draft });
  const decoder = createBodyDecoder(headerValue(headers, 'content-encoding'), (bytes, atMs) => {
    if (draft.fault !== undefined) return;
    draft.atMs = atMs;
    try {
      framing.push(bytes);
    } catch (fault) {
      draft.fault = fault;
    }
  });

  return {
    onChunk: decoder.push,
    finish(ending) {
      const conclusion: Conclusion = { draft, reader, framing, request, status, ending };
      const flushed = decoder.end();
      return flushed === undefined ? conclude(conclusion) : flushed.then(() => conclude(conclusion));
    },
    answerText() {
      return sampledText(draft.answer);
    },
  };
}

interface Conclusion {
  readonly draft: AnswerDraft;
  readonly reader: DialectReader;
  readonly framing: AnswerFraming;
  readonly request: RequestFacts;
  readonly status: number;
  readonly ending: 'complete' | 'cut';
}

function conclude(conclusion: Conclusion): AnswerFacts | Promise<AnswerFacts> {
  try {
    conclusion.framing.end(conclusion.ending);
    conclusion.reader.headers?.();
  } catch (fault) {
    conclusion.draft.fault ??= fault;
  }
  return sumUp(conclusion);
}

function sumUp(conclusion: Conclusion): AnswerFacts | Promise<AnswerFacts> {
  const { draft, reader, status, ending } = conclusion;
  if (status >= 400) draft.errorType ||= `http_${status}`;
  // A generated stream that ends without its marker and without a finish reason broke off, however cleanly it closed.
  const mustFinish = draft.streaming && reader.estimates;
  const complete = draft.ended || (ending === 'complete' && (!mustFinish || draft.finishReason !== ''));
  if (draft.usage !== null && (draft.usageIsFinal || complete)) {
    return toFacts(draft, { usage: draft.usage, usageSource: 'reported', complete });
  }
  const wrote = draft.answer.totalBytes + draft.reasoning.totalBytes > 0;
  const failed = draft.errorType !== '' && !wrote && draft.usage === null;
  if (!reader.estimates || failed || BODILESS_STATUSES.has(status))
    return toFacts(draft, {
      usage: draft.usage ?? emptyUsage(),
      usageSource: draft.usage === null ? 'none' : 'partial',
      complete,
    });
  return estimate(conclusion, complete);
}

/** Counts what the provider did not: all of it, or what it left open when the stream was cut. */
async function estimate({ draft, request }: Conclusion, complete: boolean): Promise<AnswerFacts> {
  const usage: TokenUsage = { ...(draft.usage ?? emptyUsage()) };
  const usageSource: UsageSource = complete && draft.errorType === '' ? 'estimated' : 'partial';
  if (draft.usage === null) usage.input_uncached_tokens = await estimatePrompt(request);
  const answer = await estimateTokens({ text: sampledText(draft.answer), share: sampledShare(draft.answer) });
  const reasoning = await estimateTokens({
    text: sampledText(draft.reasoning),
    share: sampledShare(draft.reasoning),
  });
  if (draft.usage === null || usage.output_reasoning_tokens > 0) {
    usage.output_reasoning_tokens = Math.max(usage.output_reasoning_tokens, reasoning);
    usage.output_text_tokens = Math.max(usage.output_text_tokens, answer);
  } else {
    usage.output_text_tokens = Math.max(usage.output_text_tokens, answer + reasoning);
  }
  return toFacts(draft, { usage, usageSource, complete });
}

async function estimatePrompt({ promptSample }: RequestFacts): Promise<number> {
  const { text, complete } = promptText(promptSample.bytes, ESTIMATED_PROMPT_BYTES);
  const share = complete ? 1 : Math.min(1, ESTIMATED_PROMPT_BYTES / Math.max(1, promptSample.bodyBytes));
  return estimateTokens({ text, share });
}

/** What a provider counted, within what a record holds: one absurd number must not cost the whole call. */
function asRecorded<T extends Readonly<Record<string, number>>>(counts: T): T {
  if (Object.values(counts).every((count) => count <= MAX_CALL_COUNT)) return counts;
  const cut = Object.entries(counts).map(([name, count]) => [name, Math.min(count, MAX_CALL_COUNT)]);
  return Object.fromEntries(cut) as T;
}

function toFacts(
  draft: AnswerDraft,
  counted: Pick<AnswerFacts, 'usage' | 'usageSource' | 'complete'>,
): AnswerFacts {
  const gaps = quantilesOf(draft.gaps);
  return {
    usage: asRecorded(counted.usage),
    usageSource: counted.usageSource,
    complete: counted.complete,
    billedTools: asRecorded(draft.billedTools),
    responseModel: draft.responseModel,
    responseId: draft.responseId,
    serviceTier: draft.serviceTier,
    finishReason: draft.finishReason,
    errorType: draft.errorType,
    firstReasoningAtMs: draft.firstReasoningAtMs,
    firstAnswerAtMs: draft.firstAnswerAtMs,
    interTokenP50Ms: gaps.p50Ms,
    interTokenP99Ms: gaps.p99Ms,
    maxStallMs: gaps.maxMs,
    tokenEvents: draft.tokenEvents,
    fault: draft.fault,
  };
}
