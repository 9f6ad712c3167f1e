// What has been learnt of an answer so far. Dialect readers write it, the observer turns it into facts.
import type { TokenUsage } from '@tollgate/contract';
import { createGapHistogram, type GapHistogram, recordGap } from './gap-histogram.ts';
import { addText, createTextSample, type TextSample } from './text-sample.ts';

export type TokenKind = 'answer' | 'reasoning';

export interface AnswerDraft {
  /** The latest counts; null until the provider has reported some. */
  usage: TokenUsage | null;
  /** True once the counts are the provider's last word, not those of a stream's beginning. */
  usageIsFinal: boolean;
  billedTools: Record<string, number>;
  responseModel: string;
  responseId: string;
  serviceTier: string;
  finishReason: string;
  errorType: string;
  /** The stream's end marker, or a whole body, was read. */
  ended: boolean;
  /** Time of the chunk that is being read. */
  atMs: number;
  /** True while a stream is read: only there do token events mean anything. */
  streaming: boolean;
  firstReasoningAtMs: number | null;
  firstAnswerAtMs: number | null;
  lastEventAtMs: number | null;
  tokenEvents: number;
  gaps: GapHistogram | null;
  /** A reader's fault; it must not reach the data path, and ends the reading. */
  fault: unknown;
  readonly answer: TextSample;
  readonly reasoning: TextSample;
}

export function createAnswerDraft(): AnswerDraft {
  return {
    usage: null,
    usageIsFinal: false,
    billedTools: {},
    responseModel: '',
    responseId: '',
    serviceTier: '',
    finishReason: '',
    errorType: '',
    ended: false,
    atMs: 0,
    streaming: false,
    firstReasoningAtMs: null,
    firstAnswerAtMs: null,
    lastEventAtMs: null,
    tokenEvents: 0,
    gaps: null,
    fault: undefined,
    answer: createTextSample(),
    reasoning: createTextSample(),
  };
}

/** Records that a kind of text arrived in the event at hand, for the first-token times. */
export function noteKind(draft: AnswerDraft, kind: TokenKind): void {
  if (kind === 'answer') draft.firstAnswerAtMs ??= draft.atMs;
  else draft.firstReasoningAtMs ??= draft.atMs;
}

/** Counts one token event: a delta with non-empty content, reasoning or tool-call text. */
export function noteTokenEvent(draft: AnswerDraft): void {
  draft.tokenEvents += 1;
  if (draft.lastEventAtMs !== null) {
    draft.gaps ??= createGapHistogram();
    recordGap(draft.gaps, draft.atMs - draft.lastEventAtMs);
  }
  draft.lastEventAtMs = draft.atMs;
}

/** The texts of one parsed delta or answer; empty ones are no event. */
export interface AnswerTexts {
  readonly answer: readonly string[];
  readonly reasoning?: readonly string[];
}

/** Keeps the texts of one parsed event and counts it where it carried any. */
export function noteTexts(draft: AnswerDraft, { answer, reasoning = [] }: AnswerTexts): void {
  const answered = answer.some((text) => text !== '');
  const reasoned = reasoning.some((text) => text !== '');
  for (const text of answer) addText(draft.answer, text);
  for (const text of reasoning) addText(draft.reasoning, text);
  if (!draft.streaming || !(answered || reasoned)) return;
  if (reasoned) noteKind(draft, 'reasoning');
  if (answered) noteKind(draft, 'answer');
  noteTokenEvent(draft);
}

/** Adds to the count of a tool use that is billed apart; nothing where the count is 0. */
export function noteBilledTool(draft: AnswerDraft, tool: string, count: number): void {
  if (count > 0) draft.billedTools[tool] = (draft.billedTools[tool] ?? 0) + count;
}

/** Sets the count of a tool use that the provider reports as a running total. */
export function setBilledTool(draft: AnswerDraft, tool: string, count: number): void {
  if (count > 0) draft.billedTools[tool] = count;
}
