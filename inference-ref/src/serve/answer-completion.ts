// Answers one completion request, streamed or whole, in OpenAI's shapes. The answer's head goes out with the first
// token; what fails before that is an ordinary error, what fails after it an error event.

import type { FastifyReply } from 'fastify';
import type { ChosenToken } from '../sampling/logprobs.ts';
import type { CollectedChoice, CompletionDialect } from './completion-dialect.ts';
import type { ChoiceEnd, Generation, GenerationSink } from './generation.ts';
import { openAiError } from './openai-error.ts';
import { createSseReply, serverTiming } from './sse-reply.ts';

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
  const { reply, stream, start } = options;
  reply.hijack();
  const { raw } = reply;
  await new Promise<void>((settled) => {
    let generation: Generation | null = null;
    const timings = () => serverTiming(phasesOf(generation));
    const fail = (error: Parameters<GenerationSink['failed']>[0]) => {
      const body = JSON.stringify(openAiError(error));
      const retry = error.statusCode === 429 ? { 'retry-after': '1' } : {};
      raw.writeHead(error.statusCode, {
        'content-type': 'application/json; charset=utf-8',
        ...retry,
        ...options.headers,
      });
      raw.end(body);
    };
    const parts = { ...options, raw, fail, timings, settled, generation: () => generation };
    generation = start(stream ? streamSink(parts) : wholeSink(parts));
    raw.on('close', () => {
      if (!raw.writableFinished) generation?.cancel();
      settled();
    });
  });
}

interface SinkParts extends AnswerOptions {
  readonly raw: FastifyReply['raw'];
  readonly fail: GenerationSink['failed'];
  readonly timings: () => string;
  readonly generation: () => Generation | null;
}

function streamSink(parts: SinkParts): GenerationSink {
  const { dialect, raw, timings, generation } = parts;
  const sse = createSseReply(raw, () => ({ ...parts.headers, 'server-timing': timings() }));
  const started = new Set<number>();
  const held: ChosenToken[][] = Array.from({ length: parts.choices }, () => []);
  let open = parts.choices;
  const usageNow = () => (parts.continuousUsage ? (generation()?.usage ?? null) : null);
  const isFirst = (choice: number) => {
    if (started.has(choice)) return false;
    started.add(choice);
    return true;
  };
  return {
    token(choice, text, token) {
      if (parts.wantsLogprobs) held[choice]?.push(token);
      if (text === '') return;
      const tokens = held[choice]?.splice(0) ?? [];
      sse.send(dialect.tokenChunk({ choice, text, tokens, isFirst: isFirst(choice), usage: usageNow() }));
    },
    ended(end) {
      open -= 1;
      const timing = open === 0 && !parts.includeUsage ? (generation()?.timing ?? null) : null;
      sse.send(dialect.endChunk(end, { isFirst: isFirst(end.choice), usage: usageNow(), timing }));
    },
    done() {
      const { usage, timing } = generation() ?? {};
      if (parts.includeUsage && usage && timing) sse.send(dialect.usageChunk(usage, timing));
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

function wholeSink(parts: SinkParts): GenerationSink {
  const texts: string[] = Array.from({ length: parts.choices }, () => '');
  const tokens: ChosenToken[][] = Array.from({ length: parts.choices }, () => []);
  const ends: ChoiceEnd[] = [];
  return {
    token(choice, text, token) {
      texts[choice] += text;
      if (parts.wantsLogprobs) tokens[choice]?.push(token);
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
      const body = JSON.stringify(parts.dialect.whole(collected, generation.usage, generation.timing));
      const type = { 'content-type': 'application/json; charset=utf-8' };
      parts.raw.writeHead(200, { ...type, ...parts.headers, 'server-timing': parts.timings() });
      parts.raw.end(body);
    },
    failed: parts.fail,
  };
}

function phasesOf(generation: Generation | null): Record<string, number> {
  if (generation === null) return {};
  const { queueMs, prefillMs, decodeMs } = generation.timing;
  return decodeMs > 0
    ? { queue: queueMs, prefill: prefillMs, decode: decodeMs }
    : { queue: queueMs, prefill: prefillMs };
}
