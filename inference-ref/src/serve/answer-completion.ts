// Answers one completion request, streamed or whole, in OpenAI's shapes. The answer's head goes out with the first
// token; what fails before that is an ordinary error, what fails after it an error event.

import type { FastifyReply } from 'fastify';
import type { ChosenToken } from '../sampling/logprobs.ts';
import type { CollectedChoice, CompletionDialect } from './completion-dialect.ts';
import type { ChoiceEnd, Generation, GenerationSink } from './generation.ts';
import { openAiError } from './openai-error.ts';
import { type AnswerParts, runAnswer } from './run-answer.ts';
import { createSseReply } from './sse-reply.ts';

export interface AnswerOptions {
  readonly reply: FastifyReply;
  readonly dialect: CompletionDialect;
  readonly choices: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
  readonly wantsLogprobs: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly start: (sink: GenerationSink) => Generation;
}

export async function answerCompletion(options: AnswerOptions): Promise<void> {
  const { reply, headers, start, stream } = options;
  await runAnswer({ reply, headers, start, errorBody: openAiError }, (parts) =>
    stream ? streamSink(options, parts) : wholeSink(options, parts),
  );
}

function streamSink(options: AnswerOptions, parts: AnswerParts): GenerationSink {
  const { dialect } = options;
  const { generation } = parts;
  const sse = createSseReply(parts.raw, parts.headers);
  const started = new Set<number>();
  const held: ChosenToken[][] = Array.from({ length: options.choices }, () => []);
  let open = options.choices;
  const usageNow = () => (options.continuousUsage ? (generation()?.usage ?? null) : null);
  const isFirst = (choice: number) => {
    if (started.has(choice)) return false;
    started.add(choice);
    return true;
  };
  return {
    token(choice, text, token) {
      if (options.wantsLogprobs) held[choice]?.push(token);
      if (text === '') return;
      const tokens = held[choice]?.splice(0) ?? [];
      sse.send(dialect.tokenChunk({ choice, text, tokens, isFirst: isFirst(choice), usage: usageNow() }));
    },
    ended(end) {
      open -= 1;
      const timing = open === 0 && !options.includeUsage ? (generation()?.timing ?? null) : null;
      const tokens = end.text === '' ? [] : (held[end.choice]?.splice(0) ?? []);
      sse.send(dialect.endChunk(end, { isFirst: isFirst(end.choice), usage: usageNow(), timing, tokens }));
    },
    done() {
      const { usage, timing } = generation() ?? {};
      if (options.includeUsage && usage && timing) sse.send(dialect.usageChunk(usage, timing));
      sse.send('[DONE]');
      sse.end();
    },
    failed(error) {
      if (!sse.isOpen) {
        parts.fail(error);
        return;
      }
      sse.send(JSON.stringify(openAiError(error)));
      sse.end();
    },
  };
}

function wholeSink(options: AnswerOptions, parts: AnswerParts): GenerationSink {
  const texts: string[] = Array.from({ length: options.choices }, () => '');
  const tokens: ChosenToken[][] = Array.from({ length: options.choices }, () => []);
  const ends: ChoiceEnd[] = [];
  return {
    token(choice, text, token) {
      texts[choice] += text;
      if (options.wantsLogprobs) tokens[choice]?.push(token);
    },
    ended(end) {
      texts[end.choice] += end.text;
      ends[end.choice] = end;
    },
    done() {
      const generation = parts.generation();
      if (generation === null) return;
      const collected: CollectedChoice[] = ends.map((end, index) => ({
        ...{ index, end, text: texts[index] ?? '', tokens: tokens[index] ?? [] },
      }));
      parts.sendJson(options.dialect.whole(collected, generation.usage, generation.timing));
    },
    failed: parts.fail,
  };
}
