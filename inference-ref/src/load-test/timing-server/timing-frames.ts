// The bytes that the timing server writes, HTTP chunk framing included, built once: content, reasoning and tool frames, plain or
// to be cut inside a character.
import type { ToldTruth } from '../wire/dialect.ts';
import type { TimingProfile } from './timing-profile.ts';

export interface Frame {
  readonly bytes: Buffer;
  /** Where to cut it in two for `splitUtf8`: inside the multi-byte character. */
  readonly cut: number;
}

export interface TimingFrames {
  readonly event: (kind: 'reasoning' | 'answer' | 'tool', tokens: number, runningTokens: number) => Frame;
  readonly role: Buffer;
  readonly end: (input: EndInput) => Buffer;
}

export interface EndInput {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly truth: ToldTruth;
}

const WORD = 'wörd ';

export function createTimingFrames(profile: TimingProfile, model: string): TimingFrames {
  const eol = profile.crlf ? '\r\n' : '\n';
  const event = (choices: readonly unknown[], rest: Record<string, unknown> = {}): string => {
    const value = { id: 'chatcmpl-timing', object: 'chat.completion.chunk', model, choices, ...rest };
    return `data: ${JSON.stringify(value)}${eol}${eol}`;
  };
  const cache = new Map<string, Frame>();
  return {
    role: httpChunk(event([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }])),
    event: (kind, tokens, runningTokens) => {
      const running = profile.usage === 'running' ? runningTokens : 0;
      const key = `${kind}:${tokens}:${running}`;
      const known = cache.get(key);
      if (known !== undefined) return known;
      const usage = running === 0 ? {} : { usage: { completion_tokens: running } };
      const bytes = httpChunk(event([{ index: 0, delta: delta(kind, tokens), finish_reason: null }], usage));
      const frame = { bytes, cut: bytes.indexOf(0xc3) + 1 };
      cache.set(key, frame);
      return frame;
    },
    end: (input) => {
      const events = endEvents(profile, input).map(({ choices, rest }) => event(choices, rest));
      return Buffer.concat([httpChunk(`${events.join('')}: end${eol}data: [DONE]${eol}${eol}`), LAST_CHUNK]);
    },
  };
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');

function httpChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function delta(kind: 'reasoning' | 'answer' | 'tool', tokens: number): Record<string, unknown> {
  const text = WORD.repeat(tokens);
  if (kind === 'reasoning') return { reasoning_content: text };
  if (kind === 'answer') return { content: text };
  return { tool_calls: [{ index: 0, function: { arguments: text } }] };
}

interface EndEvent {
  readonly choices: readonly unknown[];
  readonly rest: Record<string, unknown>;
}

function endEvents(profile: TimingProfile, input: EndInput): EndEvent[] {
  const usage = {
    prompt_tokens: input.promptTokens,
    completion_tokens: input.outputTokens,
    total_tokens: input.promptTokens + input.outputTokens,
    prompt_tokens_details: { cached_tokens: profile.cachedTokens },
    completion_tokens_details: { reasoning_tokens: input.reasoningTokens },
  };
  const { truth } = input;
  const timing = {
    received_ns: truth.receivedNs,
    first_due_ns: truth.firstDueNs,
    first_written_ns: truth.firstWrittenNs,
    last_due_ns: truth.lastDueNs,
    last_written_ns: truth.lastWrittenNs,
  };
  const stop = { index: 0, delta: {}, finish_reason: profile.toolCall ? 'tool_calls' : 'stop' };
  return [
    { choices: [stop], rest: {} },
    { choices: [], rest: profile.usage === 'none' ? { timing } : { usage, timing } },
  ];
}
