// The bytes that the timing server writes, built once: content, reasoning and tool frames, plain or cut inside a character.
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
  readonly receivedNs: bigint;
  readonly firstWrittenNs: bigint;
  readonly lastWrittenNs: bigint;
}

const WORD = 'wörd ';

export function createTimingFrames(profile: TimingProfile, model: string): TimingFrames {
  const eol = profile.crlf ? '\r\n' : '\n';
  const wrap = (value: unknown): Buffer => Buffer.from(`data: ${JSON.stringify(value)}${eol}${eol}`);
  const chunk = (choices: readonly unknown[], rest: Record<string, unknown> = {}): Buffer =>
    wrap({ id: 'chatcmpl-timing', object: 'chat.completion.chunk', model, choices, ...rest });
  const cache = new Map<string, Frame>();
  return {
    role: chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
    event: (kind, tokens, runningTokens) => {
      const running = profile.usage === 'running' ? runningTokens : 0;
      const key = `${kind}:${tokens}:${running}`;
      const known = cache.get(key);
      if (known !== undefined) return known;
      const usage = running === 0 ? {} : { usage: { completion_tokens: running } };
      const bytes = chunk([{ index: 0, delta: delta(kind, tokens), finish_reason: null }], usage);
      const frame = { bytes, cut: bytes.indexOf(0xc3) + 1 };
      cache.set(key, frame);
      return frame;
    },
    end: (input) => Buffer.concat(endFrames(profile, input, chunk, eol)),
  };
}

function delta(kind: 'reasoning' | 'answer' | 'tool', tokens: number): Record<string, unknown> {
  const text = WORD.repeat(tokens);
  if (kind === 'reasoning') return { reasoning_content: text };
  if (kind === 'answer') return { content: text };
  return { tool_calls: [{ index: 0, function: { arguments: text } }] };
}

function endFrames(
  profile: TimingProfile,
  input: EndInput,
  chunk: (choices: readonly unknown[], rest?: Record<string, unknown>) => Buffer,
  eol: string,
): Buffer[] {
  const usage = {
    prompt_tokens: input.promptTokens,
    completion_tokens: input.outputTokens,
    total_tokens: input.promptTokens + input.outputTokens,
    prompt_tokens_details: { cached_tokens: profile.cachedTokens },
    completion_tokens_details: { reasoning_tokens: input.reasoningTokens },
  };
  const timing = {
    received_ns: Number(input.receivedNs),
    first_written_ns: Number(input.firstWrittenNs),
    last_written_ns: Number(input.lastWrittenNs),
  };
  return [
    chunk([{ index: 0, delta: {}, finish_reason: profile.toolCall ? 'tool_calls' : 'stop' }]),
    chunk([], profile.usage === 'none' ? { timing } : { usage, timing }),
    Buffer.from(`: end${eol}data: [DONE]${eol}${eol}`),
  ];
}
