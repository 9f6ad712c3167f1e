// Answers one message request in Anthropic's shapes, streamed or whole.

import type { FastifyReply } from 'fastify';
import { anthropicError } from './anthropic-error.ts';
import { timingFields } from './completion-dialect.ts';
import type { ChoiceEnd, Generation, GenerationSink, GenerationUsage } from './generation.ts';
import { runAnswer } from './run-answer.ts';
import { createSseReply } from './sse-reply.ts';

export interface MessageAnswerOptions {
  readonly reply: FastifyReply;
  readonly id: string;
  readonly model: string;
  readonly stream: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly start: (sink: GenerationSink) => Generation;
}

export async function answerMessage(options: MessageAnswerOptions): Promise<void> {
  const { reply, headers, start, stream } = options;
  await runAnswer({ reply, headers, start, errorBody: anthropicError }, (parts) =>
    stream ? streamSink(options, parts) : wholeSink(options, parts),
  );
}

type Parts = Parameters<Parameters<typeof runAnswer>[1]>[0];

function usageOf({ promptTokens, cachedTokens, completionTokens }: GenerationUsage): object {
  return {
    // Anthropic counts what was read from the cache apart.
    input_tokens: promptTokens - cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: completionTokens,
  };
}

function stopOf(end: ChoiceEnd): { stop_reason: string; stop_sequence: string | null } {
  const stopSequence = typeof end.stoppedBy === 'string' ? end.stoppedBy : null;
  if (stopSequence !== null) return { stop_reason: 'stop_sequence', stop_sequence: stopSequence };
  return { stop_reason: end.reason === 'length' ? 'max_tokens' : 'end_turn', stop_sequence: null };
}

function emptyMessage({ id, model }: MessageAnswerOptions, usage: GenerationUsage): object {
  const stop = { stop_reason: null, stop_sequence: null };
  return { id, type: 'message', role: 'assistant', model, content: [], ...stop, usage: usageOf(usage) };
}

function streamSink(options: MessageAnswerOptions, parts: Parts): GenerationSink {
  const sse = createSseReply(parts.raw, parts.headers);
  const send = (type: string, fields: object) => sse.send(JSON.stringify({ type, ...fields }), type);
  const nothing = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  const usage = () => parts.generation()?.usage ?? nothing;
  const open = () => {
    if (sse.isOpen) return;
    send('message_start', { message: emptyMessage(options, { ...usage(), completionTokens: 0 }) });
    send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  };
  const show = (text: string) => {
    open();
    if (text !== '') send('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
  };
  return {
    token: (_, text) => {
      if (text !== '') show(text);
    },
    ended(end) {
      show(end.text);
      send('content_block_stop', { index: 0 });
      const timing = parts.generation()?.timing;
      const tollgate = timing === undefined ? {} : { tollgate: timingFields(timing) };
      send('message_delta', { delta: stopOf(end), usage: usageOf(usage()), ...tollgate });
    },
    done() {
      send('message_stop', {});
      sse.end();
    },
    failed(error) {
      if (!sse.isOpen) {
        parts.fail(error);
        return;
      }
      sse.send(JSON.stringify(anthropicError(error)), 'error');
      sse.end();
    },
  };
}

function wholeSink(options: MessageAnswerOptions, parts: Parts): GenerationSink {
  let text = '';
  let ending: ChoiceEnd | null = null;
  return {
    token: (_, piece) => {
      text += piece;
    },
    ended(end) {
      text += end.text;
      ending = end;
    },
    done() {
      const generation = parts.generation();
      if (generation === null || ending === null) return;
      const { usage, timing } = generation;
      parts.sendJson({
        ...emptyMessage(options, usage),
        content: [{ type: 'text', text }],
        ...stopOf(ending),
        tollgate: timingFields(timing),
      });
    },
    failed: parts.fail,
  };
}
