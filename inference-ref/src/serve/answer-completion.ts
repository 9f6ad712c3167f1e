// Answers one completion request, streamed or whole, in OpenAI's shapes. The answer's head goes out with the first
// token; what fails before that is an ordinary error, what fails after it an error event.

import type { FastifyReply } from 'fastify';
import type { ToolCallFormat } from '../grammar/tool-call-format.ts';
import type { ChosenToken } from '../sampling/logprobs.ts';
import { type AnswerParts, collectParts, createAnswerParts } from './answer-parts.ts';
import type { AnswerEnd, ChunkContent, CollectedChoice, CompletionDialect } from './completion-dialect.ts';
import type { ChoiceEnd, Generation, GenerationSink } from './generation.ts';
import { openAiError } from './openai-error.ts';
import { type AnswerOutlet, runAnswer } from './run-answer.ts';
import { createSseReply } from './sse-reply.ts';

export interface AnswerOptions {
  readonly reply: FastifyReply;
  readonly dialect: CompletionDialect;
  readonly choices: number;
  /** Null where no tool may be called. */
  readonly toolCallFormat: ToolCallFormat | null;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
  readonly wantsLogprobs: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly start: (sink: GenerationSink) => Generation;
}

export async function answerCompletion(options: AnswerOptions): Promise<void> {
  const { reply, headers, start, stream } = options;
  await runAnswer({ reply, headers, start, errorBody: openAiError }, (outlet) =>
    stream ? streamSink(options, outlet) : wholeSink(options, outlet),
  );
}

/** What is known of one choice while it grows. */
interface OpenChoice {
  readonly parts: AnswerParts;
  /** Whose text has not been sent yet. */
  tokens: ChosenToken[];
  isFirst: boolean;
}

function openChoices({ choices, toolCallFormat }: AnswerOptions): OpenChoice[] {
  return Array.from({ length: choices }, () => ({
    parts: createAnswerParts(toolCallFormat, 'call_'),
    tokens: [],
    isFirst: true,
  }));
}

function endOf({ choice, reason, stoppedBy }: ChoiceEnd, { hasCalls }: AnswerParts): AnswerEnd {
  return { choice, reason: hasCalls && reason === 'stop' ? 'tool_calls' : reason, stoppedBy };
}

function streamSink(options: AnswerOptions, outlet: AnswerOutlet): GenerationSink {
  const { dialect, wantsLogprobs, includeUsage } = options;
  const { generation } = outlet;
  const sse = createSseReply(outlet.raw, outlet.headers);
  const open = openChoices(options);
  let running = options.choices;
  const usageNow = () => (options.continuousUsage ? (generation()?.usage ?? null) : null);
  const send = (choice: number, contents: readonly ChunkContent[]) => {
    const state = open[choice] as OpenChoice;
    for (const content of contents) {
      const { tokens, isFirst } = state;
      sse.send(dialect.chunk({ choice, content, tokens, isFirst, usage: usageNow() }));
      state.tokens = [];
      state.isFirst = false;
    }
  };
  return {
    token(choice, text, token) {
      const state = open[choice] as OpenChoice;
      if (wantsLogprobs) state.tokens.push(token);
      if (text !== '') send(choice, state.parts.push(text));
    },
    ended(end) {
      running -= 1;
      const state = open[end.choice] as OpenChoice;
      send(end.choice, state.parts.finish(end.text));
      const timing = running === 0 && !includeUsage ? (generation()?.timing ?? null) : null;
      const { tokens, isFirst } = state;
      sse.send(dialect.endChunk(endOf(end, state.parts), { isFirst, usage: usageNow(), timing, tokens }));
    },
    done() {
      const { usage, timing } = generation() ?? {};
      if (includeUsage && usage && timing) sse.send(dialect.usageChunk(usage, timing));
      sse.send('[DONE]');
      sse.end();
    },
    failed(error) {
      if (!sse.isOpen) {
        outlet.fail(error);
        return;
      }
      sse.send(JSON.stringify(openAiError(error)));
      sse.end();
    },
  };
}

function wholeSink(options: AnswerOptions, outlet: AnswerOutlet): GenerationSink {
  const open = openChoices(options);
  const contents: ChunkContent[][] = open.map(() => []);
  const ends: AnswerEnd[] = [];
  return {
    token(choice, text, token) {
      const state = open[choice] as OpenChoice;
      if (options.wantsLogprobs) state.tokens.push(token);
      if (text !== '') contents[choice]?.push(...state.parts.push(text));
    },
    ended(end) {
      const { parts } = open[end.choice] as OpenChoice;
      contents[end.choice]?.push(...parts.finish(end.text));
      ends[end.choice] = endOf(end, parts);
    },
    done() {
      const generation = outlet.generation();
      if (generation === null) return;
      const collected: CollectedChoice[] = ends.map((end, index) => ({
        index,
        end,
        ...collectParts(contents[index] ?? []),
        tokens: open[index]?.tokens ?? [],
      }));
      outlet.sendJson(options.dialect.whole(collected, generation.usage, generation.timing));
    },
    failed: outlet.fail,
  };
}
