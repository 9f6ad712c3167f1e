// How chat and text completions put an answer into JSON. Chunks are assembled from fixed beginnings: a stream writes one
// a token.

import type { FinishReason } from '../engine/engine-events.ts';
import type { ChosenToken } from '../sampling/logprobs.ts';
import type { GenerationTiming, GenerationUsage } from './generation.ts';
import { chatLogprobs, createTextLogprobs, type TokenTextOf } from './logprob-fields.ts';

export interface CollectedToolCall {
  readonly id: string;
  readonly name: string;
  readonly argumentsText: string;
}

export interface AnswerEnd {
  readonly choice: number;
  readonly reason: FinishReason | 'tool_calls';
  readonly stoppedBy: string | number | null;
}

export interface CollectedChoice {
  readonly index: number;
  readonly text: string;
  readonly toolCalls: readonly CollectedToolCall[];
  readonly tokens: readonly ChosenToken[];
  readonly end: AnswerEnd;
}

/** What a chunk brings. */
export type ChunkContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly kind: 'arguments'; readonly index: number; readonly text: string };

export interface Chunk {
  readonly choice: number;
  readonly content: ChunkContent;
  readonly tokens: readonly ChosenToken[];
  /** Of its choice. */
  readonly isFirst: boolean;
  readonly usage: GenerationUsage | null;
}

interface EndExtras {
  /** Nothing was sent of the choice yet. */
  readonly isFirst: boolean;
  /** Those whose text was held back until now. */
  readonly tokens: readonly ChosenToken[];
  readonly usage: GenerationUsage | null;
  readonly timing: GenerationTiming | null;
}

export interface CompletionDialect {
  chunk(chunk: Chunk): string;
  endChunk(end: AnswerEnd, extras: EndExtras): string;
  usageChunk(usage: GenerationUsage, timing: GenerationTiming): string;
  whole(choices: readonly CollectedChoice[], usage: GenerationUsage, timing: GenerationTiming): object;
}

export interface DialectOptions {
  readonly kind: 'chat' | 'text';
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly created: number;
  readonly model: string;
  readonly wantsLogprobs: boolean;
  readonly tokenText: TokenTextOf;
  /** Put before the text of choices of a text completion that asked for its prompt back. */
  readonly echo: readonly string[] | null;
}

export function createCompletionDialect(options: DialectOptions): CompletionDialect {
  const { kind, id, created, model, tokenText, wantsLogprobs } = options;
  const isChat = kind === 'chat';
  const object = isChat ? 'chat.completion' : 'text_completion';
  const base = { id, object: isChat ? 'chat.completion.chunk' : object, created, model };
  const head = JSON.stringify(base).slice(0, -1);
  const textLogprobs = new Map<number, ReturnType<typeof createTextLogprobs>>();
  const textLogprobsOf = (choice: number) => {
    const known = textLogprobs.get(choice) ?? createTextLogprobs(tokenText);
    textLogprobs.set(choice, known);
    return known;
  };
  const logprobsOf = (choice: number, tokens: readonly ChosenToken[]) => {
    if (!wantsLogprobs) return null;
    return isChat ? chatLogprobs(tokens, tokenText) : textLogprobsOf(choice)(tokens);
  };
  const echoOf = (choice: number) => options.echo?.[choice] ?? '';
  const written = (choices: string, usage: GenerationUsage | null, timing: GenerationTiming | null) =>
    `${head},"choices":[${choices}]` +
    (usage === null ? '' : `,"usage":${JSON.stringify(usageFields(usage))}`) +
    (timing === null ? '}' : `,"tollgate":${JSON.stringify(timingFields(timing))}}`);
  const bodyOf = (content: ChunkContent, isFirst: boolean, choice: number): string => {
    const role = isFirst ? '"role":"assistant",' : '';
    if (content.kind !== 'text') return `"delta":{${role}"tool_calls":[${toolDelta(content)}]}`;
    if (isChat) return `"delta":{${role}"content":${JSON.stringify(content.text)}}`;
    return `"text":${JSON.stringify(isFirst ? echoOf(choice) + content.text : content.text)}`;
  };

  return {
    chunk({ choice, content, tokens, isFirst, usage }) {
      const logprobs = wantsLogprobs ? JSON.stringify(logprobsOf(choice, tokens)) : 'null';
      const body = bodyOf(content, isFirst, choice);
      return written(`{"index":${choice},${body},"logprobs":${logprobs},"finish_reason":null}`, usage, null);
    },
    endChunk({ choice, reason, stoppedBy }, { isFirst, tokens, usage, timing }) {
      const body = isChat && !isFirst ? '"delta":{}' : bodyOf({ kind: 'text', text: '' }, isFirst, choice);
      const stop = stoppedBy === null ? '' : `,"stop_reason":${JSON.stringify(stoppedBy)}`;
      const logprobs = tokens.length === 0 ? 'null' : JSON.stringify(logprobsOf(choice, tokens));
      const choices = `{"index":${choice},${body},"logprobs":${logprobs},"finish_reason":"${reason}"${stop}}`;
      return written(choices, usage, timing);
    },
    usageChunk: (usage, timing) => written('', usage, timing),
    whole: (choices, usage, timing) => ({
      ...base,
      object,
      choices: choices.map((choice) => ({
        index: choice.index,
        ...(isChat ? { message: messageOf(choice) } : { text: echoOf(choice.index) + choice.text }),
        logprobs: logprobsOf(choice.index, choice.tokens),
        finish_reason: choice.end.reason,
        ...(choice.end.stoppedBy === null ? {} : { stop_reason: choice.end.stoppedBy }),
      })),
      usage: usageFields(usage),
      tollgate: timingFields(timing),
    }),
  };
}

function toolDelta(content: Exclude<ChunkContent, { kind: 'text' }>): string {
  if (content.kind === 'arguments')
    return `{"index":${content.index},"function":{"arguments":${JSON.stringify(content.text)}}}`;
  const { index, id, name } = content;
  return JSON.stringify({ index, id, type: 'function', function: { name, arguments: '' } });
}

function messageOf({ text, toolCalls }: CollectedChoice): object {
  if (toolCalls.length === 0) return { role: 'assistant', content: text, refusal: null };
  const calls = toolCalls.map(({ id, name, argumentsText }) => ({
    id,
    type: 'function',
    function: { name, arguments: argumentsText },
  }));
  return { role: 'assistant', content: text === '' ? null : text, refusal: null, tool_calls: calls };
}

export function usageFields({ promptTokens, cachedTokens, completionTokens }: GenerationUsage): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

export function timingFields({ queueMs, prefillMs, decodeMs }: GenerationTiming): object {
  const rounded = (ms: number) => Math.round(ms * 1000) / 1000;
  return { queue_ms: rounded(queueMs), prefill_ms: rounded(prefillMs), decode_ms: rounded(decodeMs) };
}
