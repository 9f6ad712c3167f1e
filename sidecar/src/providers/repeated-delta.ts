// The short way for the chunks that most of a stream consists of: one whole server-sent event that differs from the one
// before in its text alone. It is told by comparing bytes, so that no line is split and no event unframed.
import { type AnswerDraft, noteKind, noteTokenEvent } from './answer-draft.ts';
import type { DeltaTemplate } from './dialects/delta-scan.ts';
import { addEscaped } from './text-sample.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const NOTHING = Buffer.alloc(0);
/** The lines before the JSON, and the blank line behind it, of an event that is framed as nearly all are. */
const HEAD = /^(?:event: ?[\w.]{1,64}\r?\n)?data: ?$/;
const TAIL = /^\r?\n\r?\n$/;
const LINE_END = /[\r\n]/;

export interface RepeatedDelta {
  readonly template: DeltaTemplate;
  readonly draft: AnswerDraft;
  /** The JSON's beginning as the dialect learnt it, to which the bytes below belong. */
  learntPrefix: string;
  /** The chunk up to its text; empty where nothing was learnt, or the framing is none that we know. */
  head: Buffer;
  /** From the text's closing quote to the chunk's end, or to the text of a padding member. */
  middle: Buffer;
  /** From the padding's closing quote to the chunk's end; null where there is no padding. */
  tail: Buffer | null;
}

export function createRepeatedDelta(template: DeltaTemplate, draft: AnswerDraft): RepeatedDelta {
  return { template, draft, learntPrefix: '', head: NOTHING, middle: NOTHING, tail: null };
}

/** True when the chunk was one more of its kind and has been taken in; else nothing has happened. */
export function takeRepeated(repeated: RepeatedDelta, chunk: Buffer): boolean {
  const { template, draft, head, middle, tail } = repeated;
  const start = head.length;
  if (start === 0 || template.prefix !== repeated.learntPrefix || !standsAt(chunk, head, 0)) return false;
  const end = endOfText(chunk, start);
  if (end <= start || !standsAt(chunk, middle, end)) return false;
  let chunkEnd = end + middle.length;
  if (tail !== null) {
    const paddingEnd = endOfText(chunk, chunkEnd);
    if (paddingEnd < 0 || !standsAt(chunk, tail, paddingEnd)) return false;
    chunkEnd = paddingEnd + tail.length;
  }
  if (chunkEnd !== chunk.length) return false;
  noteKind(draft, template.kind);
  addEscaped(template.kind === 'answer' ? draft.answer : draft.reasoning, chunk, start, end);
  noteTokenEvent(draft);
  return true;
}

function standsAt(chunk: Buffer, part: Buffer, at: number): boolean {
  const end = at + part.length;
  return end <= chunk.length && part.compare(chunk, at, end) === 0;
}

/** Offset of the quote that ends the JSON string from `at` on; -1 where it has none, or holds what no JSON string may. */
function endOfText(chunk: Buffer, at: number): number {
  let cursor = at;
  while (cursor < chunk.length) {
    const byte = chunk[cursor] ?? 0;
    if (byte === QUOTE) return cursor;
    if (byte < FIRST_PRINTABLE) return -1;
    cursor += byte === BACKSLASH ? 2 : 1;
  }
  return -1;
}

/** Learns how a chunk was framed that held one whole event, where the dialect has learnt a delta from it. */
export function learnFraming(repeated: RepeatedDelta, chunk: Buffer): void {
  const { prefix, suffix, padded } = repeated.template;
  if (prefix === '' || prefix === repeated.learntPrefix) return;
  const text = chunk.toString('latin1');
  const at = text.indexOf(prefix);
  if (at < 0) return;
  const jsonEnd = text.lastIndexOf('}') + 1;
  const lines = text.slice(0, at);
  const blank = text.slice(jsonEnd);
  const known = HEAD.test(lines) && TAIL.test(blank) && !LINE_END.test(text.slice(at, jsonEnd));
  repeated.learntPrefix = prefix;
  repeated.head = known ? Buffer.from(lines + prefix, 'latin1') : NOTHING;
  repeated.middle = Buffer.from(padded ? suffix : suffix + blank, 'latin1');
  repeated.tail = padded ? Buffer.from(`"}${blank}`, 'latin1') : null;
}
