// Answers one message request in Anthropic's shapes, streamed or whole.

import type { FastifyReply } from 'fastify';
import type { ToolCallFormat } from '../grammar/tool-call-format.ts';
import { collectParts, createAnswerParts } from './answer-parts.ts';
import { anthropicError } from './anthropic-error.ts';
import { type ChunkContent, type CollectedToolCall, timingFields } from './completion-dialect.ts';
import type { ChoiceEnd, Generation, GenerationSink, GenerationUsage } from './generation.ts';
import { type AnswerOutlet, runAnswer } from './run-answer.ts';
import { createSseReply } from './sse-reply.ts';

export interface MessageAnswerOptions {
  readonly reply: FastifyReply;
  readonly id: string;
  readonly model: string;
  readonly stream: boolean;
  /** Null where no tool may be called. */
  readonly toolCallFormat: ToolCallFormat | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly start: (sink: GenerationSink) => Generation;
}

export async function answerMessage(options: MessageAnswerOptions): Promise<void> {
  const { reply, headers, start, stream } = options;
  await runAnswer({ reply, headers, start, errorBody: anthropicError }, (outlet) =>
    stream ? streamSink(options, outlet) : wholeSink(options, outlet),
  );
}

function usageOf({ promptTokens, cachedTokens, completionTokens }: GenerationUsage): object {
  return {
    // Anthropic counts what was read from the cache apart.
    input_tokens: promptTokens - cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: completionTokens,
  };
}

function stopOf(end: ChoiceEnd, hasCalls: boolean): { stop_reason: string; stop_sequence: string | null } {
  const stopSequence = typeof end.stoppedBy === 'string' ? end.stoppedBy : null;
  if (stopSequence !== null) return { stop_reason: 'stop_sequence', stop_sequence: stopSequence };
  const ended = hasCalls ? 'tool_use' : 'end_turn';
  return { stop_reason: end.reason === 'length' ? 'max_tokens' : ended, stop_sequence: null };
}

function emptyMessage({ id, model }: MessageAnswerOptions, usage: GenerationUsage): object {
  const stop = { stop_reason: null, stop_sequence: null };
  return { id, type: 'message', role: 'assistant', model, content: [], ...stop, usage: usageOf(usage) };
}

function streamSink(options: MessageAnswerOptions, outlet: AnswerOutlet): GenerationSink {
  const sse = createSseReply(outlet.raw, outlet.headers);
  const send = (type: string, fields: object) => sse.send(JSON.stringify({ type, ...fields }), type);
  const parts = createAnswerParts(options.toolCallFormat, 'toolu_');
  const blocks = createBlocks(send);
  const nothing = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  const usage = () => outlet.generation()?.usage ?? nothing;
  const show = (contents: readonly ChunkContent[]) => {
    if (!sse.isOpen)
      send('message_start', { message: emptyMessage(options, { ...usage(), completionTokens: 0 }) });
    contents.forEach(blocks.show);
  };
  return {
    token: (_, text) => {
      if (text !== '') show(parts.push(text));
    },
    ended(end) {
      show(parts.finish(end.text));
      blocks.close();
      const timing = outlet.generation()?.timing;
      const tollgate = timing === undefined ? {} : { tollgate: timingFields(timing) };
      send('message_delta', { delta: stopOf(end, parts.hasCalls), usage: usageOf(usage()), ...tollgate });
    },
    done() {
      send('message_stop', {});
      sse.end();
    },
    failed(error) {
      if (!sse.isOpen) {
        outlet.fail(error);
        return;
      }
      sse.send(JSON.stringify(anthropicError(error)), 'error');
      sse.end();
    },
  };
}

/** Content blocks one after the other: text, and one for each call. */
function createBlocks(send: (type: string, fields: object) => void) {
  let index = -1;
  let open: 'text' | 'tool_use' | null = null;
  const close = () => {
    if (open !== null) send('content_block_stop', { index });
    open = null;
  };
  const begin = (kind: 'text' | 'tool_use', block: object) => {
    close();
    index += 1;
    open = kind;
    send('content_block_start', { index, content_block: { type: kind, ...block } });
  };
  return {
    close,
    show(content: ChunkContent) {
      if (content.kind === 'call') {
        begin('tool_use', { id: content.id, name: content.name, input: {} });
        return;
      }
      const isText = content.kind === 'text';
      if (isText && open !== 'text') begin('text', { text: '' });
      const delta = isText
        ? { type: 'text_delta', text: content.text }
        : { type: 'input_json_delta', partial_json: content.text };
      send('content_block_delta', { index, delta });
    },
  };
}

function wholeSink(options: MessageAnswerOptions, outlet: AnswerOutlet): GenerationSink {
  const parts = createAnswerParts(options.toolCallFormat, 'toolu_');
  const contents: ChunkContent[] = [];
  let ending: ChoiceEnd | null = null;
  return {
    token: (_, text) => void contents.push(...parts.push(text)),
    ended(end) {
      contents.push(...parts.finish(end.text));
      ending = end;
    },
    done() {
      const generation = outlet.generation();
      if (generation === null || ending === null) return;
      const { usage, timing } = generation;
      const { text, toolCalls } = collectParts(contents);
      outlet.sendJson({
        ...emptyMessage(options, usage),
        content: [...(text === '' ? [] : [{ type: 'text', text }]), ...toolCalls.map(toolUse)],
        ...stopOf(ending, parts.hasCalls),
        tollgate: timingFields(timing),
      });
    },
    failed: outlet.fail,
  };
}

/** A call that was cut short, as `stop_reason` says, has no input that could be read. */
function toolUse({ id, name, argumentsText }: CollectedToolCall): object {
  return { type: 'tool_use', id, name, input: readObject(argumentsText) };
}

function readObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not an error of ours: the token limit came first.
    return {};
  }
}
