// How chat and text completions put tokens into JSON. Chunks are assembled from fixed beginnings: a stream writes one a
// token.

import type { ChosenToken } from '../sampling/logprobs.ts';
import type { ChoiceEnd, GenerationTiming, GenerationUsage } from './generation.ts';
import { chatLogprobs, type TokenTextOf, textLogprobs } from './logprob-fields.ts';

export interface CollectedChoice {
  readonly index: number;
  readonly text: string;
  readonly tokens: readonly ChosenToken[];
  readonly end: ChoiceEnd;
}

export interface CompletionDialect {
  tokenChunk(chunk: TokenChunk): string;
  endChunk(end: ChoiceEnd, extras: EndExtras): string;
  usageChunk(usage: GenerationUsage, timing: GenerationTiming): string;
  whole(choices: readonly CollectedChoice[], usage: GenerationUsage, timing: GenerationTiming): object;
}

interface ChunkExtras {
  readonly usage: GenerationUsage | null;
  readonly timing: GenerationTiming | null;
}

interface EndExtras extends ChunkExtras {
  readonly isFirst: boolean;
  /** Those whose text was held back until now. */
  readonly tokens: readonly ChosenToken[];
}

export interface TokenChunk {
  readonly choice: number;
  readonly text: string;
  readonly tokens: readonly ChosenToken[];
  readonly isFirst: boolean;
  readonly usage: GenerationUsage | null;
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
  const { kind, id, created, model, tokenText } = options;
  const isChat = kind === 'chat';
  const object = isChat ? 'chat.completion' : 'text_completion';
  const base = { id, object: isChat ? 'chat.completion.chunk' : object, created, model };
  const head = JSON.stringify(base).slice(0, -1);
  const logprobsOf = (tokens: readonly ChosenToken[]) => {
    if (!options.wantsLogprobs) return null;
    return isChat ? chatLogprobs(tokens, tokenText) : textLogprobs(tokens, tokenText);
  };
  const echoOf = (choice: number) => options.echo?.[choice] ?? '';
  const chunk = (choices: string, extras: string) => `${head},"choices":[${choices}]${extras}}`;
  const body = (text: string, isFirst: boolean, choice: number) => {
    if (!isChat) return `"text":${JSON.stringify(isFirst ? echoOf(choice) + text : text)}`;
    return `"delta":{${isFirst ? '"role":"assistant",' : ''}"content":${JSON.stringify(text)}}`;
  };
  const extrasOf = ({ usage, timing }: ChunkExtras) =>
    (usage === null ? '' : `,"usage":${JSON.stringify(usageFields(usage))}`) +
    (timing === null ? '' : `,"tollgate":${JSON.stringify(timingFields(timing))}`);

  return {
    tokenChunk({ choice, text, tokens, isFirst, usage }) {
      const logprobs = options.wantsLogprobs ? JSON.stringify(logprobsOf(tokens)) : 'null';
      const choices = `{"index":${choice},${body(text, isFirst, choice)},"logprobs":${logprobs},"finish_reason":null}`;
      return chunk(choices, extrasOf({ usage, timing: null }));
    },
    endChunk(end, extras) {
      const rest =
        isChat && !extras.isFirst && end.text === ''
          ? '"delta":{}'
          : body(end.text, extras.isFirst, end.choice);
      const stop = end.stoppedBy === null ? '' : `,"stop_reason":${JSON.stringify(end.stoppedBy)}`;
      const logprobs = extras.tokens.length === 0 ? 'null' : JSON.stringify(logprobsOf(extras.tokens));
      const choices = `{"index":${end.choice},${rest},"logprobs":${logprobs},"finish_reason":"${end.reason}"${stop}}`;
      return chunk(choices, extrasOf(extras));
    },
    usageChunk: (usage, timing) => chunk('', extrasOf({ usage, timing })),
    whole: (choices, usage, timing) => ({
      ...base,
      object,
      choices: choices.map(({ index, text, tokens, end }) => ({
        index,
        ...(isChat
          ? { message: { role: 'assistant', content: text, refusal: null } }
          : { text: echoOf(index) + text }),
        logprobs: logprobsOf(tokens),
        finish_reason: end.reason,
        ...(end.stoppedBy === null ? {} : { stop_reason: end.stoppedBy }),
      })),
      usage: usageFields(usage),
      tollgate: timingFields(timing),
    }),
  };
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
