// Observes one answer: inflates, unframes, reads, and sums up in facts. Never throws and never delays a byte.
import { emptyUsage, type TokenUsage, type UsageSource } from '@tollgate/contract';
import { type AnswerDraft, createAnswerDraft } from './answer-draft.ts';
import { createAnswerFraming } from './answer-framing.ts';
import type { AnswerFacts, AnswerObserver, RequestFacts } from './answer-observer.ts';
import { createBodyDecoder } from './body-decoder.ts';
import { type DialectReader, type HeaderMap, headerValue } from './dialect.ts';
import { findDialect } from './dialects.ts';
import { promptText } from './prompt-text.ts';
import { estimateTokens } from './token-estimate.ts';

export interface AnswerObserverOptions {
  readonly request: RequestFacts;
  readonly provider: string;
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: HeaderMap;
}

/** Bytes of the prompt that an estimate tokenizes. */
const ESTIMATED_PROMPT_BYTES = 32 * 1024;

export function createAnswerObserver(options: AnswerObserverOptions): AnswerObserver {
  const { request, provider, status, headers } = options;
  const draft = createAnswerDraft();
  const reader = findDialect(request.api)({ request, provider, headers, draft });
  const contentType = headerValue(headers, 'content-type').toLowerCase();
  const extensions = headerValue(headers, 'sec-websocket-extensions');
  const framing = createAnswerFraming({ request, status, contentType, extensions, reader, draft });
  let unreadable = false;

  function guarded(step: () => void): void {
    if (unreadable) return;
    try {
      step();
    } catch {
      // A reader's fault must not reach the data path; the call is recorded without what it would have told.
      unreadable = true;
    }
  }

  const decoder = createBodyDecoder(headerValue(headers, 'content-encoding'), (bytes, atMs) => {
    draft.atMs = atMs;
    guarded(() => framing.push(bytes));
  });

  return {
    onChunk: decoder.push,
    finish(ending) {
      const flushed = decoder.end();
      const conclude = () => {
        guarded(() => {
          framing.end(ending);
          reader.headers?.();
        });
        return sumUp({ draft, reader, request, status, ending });
      };
      return flushed === undefined ? conclude() : flushed.then(conclude);
    },
    answerText: () => draft.answer.text(),
  };
}

interface Conclusion {
  readonly draft: AnswerDraft;
  readonly reader: DialectReader;
  readonly request: RequestFacts;
  readonly status: number;
  readonly ending: 'complete' | 'cut';
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
  const wrote = !draft.answer.isEmpty() || !draft.reasoning.isEmpty();
  const failed = draft.errorType !== '' && !wrote && draft.usage === null;
  if (!reader.estimates || failed || status === 0)
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
  const answer = await estimateTokens({ text: draft.answer.text(), share: draft.answer.keptShare() });
  const reasoning = await estimateTokens({
    text: draft.reasoning.text(),
    share: draft.reasoning.keptShare(),
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

function toFacts(
  draft: AnswerDraft,
  counted: Pick<AnswerFacts, 'usage' | 'usageSource' | 'complete'>,
): AnswerFacts {
  return {
    ...counted,
    billedTools: draft.billedTools,
    responseModel: draft.responseModel,
    responseId: draft.responseId,
    serviceTier: draft.serviceTier,
    finishReason: draft.finishReason,
    errorType: draft.errorType,
    firstReasoningAtMs: draft.firstReasoningAtMs,
    firstAnswerAtMs: draft.firstAnswerAtMs,
    interTokenP50Ms: draft.gaps?.quantile(0.5) ?? null,
    interTokenP99Ms: draft.gaps?.quantile(0.99) ?? null,
    maxStallMs: draft.gaps?.max() ?? null,
    tokenEvents: draft.tokenEvents,
  };
}
