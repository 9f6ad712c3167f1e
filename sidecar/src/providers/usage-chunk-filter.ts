// Removes the usage chunk that we asked for from the stream of a client that did not. Every other byte passes as sent
// and at once: bytes that may still turn out to be that chunk are held back, and only behind a finish reason, which
// every provider sends before it. Without one the chunk is removed where it comes in one piece.
import { skimObject, skipSpace } from './json-skim.ts';

export interface UsageChunkFilter {
  /** The bytes to pass on now; null where there are none. */
  readonly push: (chunk: Buffer) => Buffer | null;
  /** What was held back when the stream ended. */
  readonly end: () => Buffer | null;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
/** The first letter of `null`. */
const NULL_N = 0x6e;
/** A usage chunk is far smaller; whatever is larger passes. */
const HELD_BYTES = 16 * 1024;
const FINISH_REASON = Buffer.from('finish_reason"');
/** A finish reason's name, and some white space before its value. */
const FINISH_BYTES = 24;
const NOTHING = Buffer.alloc(0);
const FILLED_CHOICES = /"choices"\s*:\s*(?:[^[\s]|\[\s*[^\]\s])/;

export function createUsageChunkFilter(): UsageChunkFilter {
  let held: Buffer | null = null;
  /** True while the rest of an event is passed that is known to be none of ours. */
  let passing = false;
  /** The last byte that was passed on, to see a blank line across chunks. */
  let tail: Buffer = NOTHING;
  /** True once a choice has ended: the usage chunk may be the next event. */
  let finished = false;
  /** The end of the chunk before, where a finish reason may lie across the cut. */
  let before: Buffer = NOTHING;

  function noteFinish(chunk: Buffer): void {
    const window = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
    finished = holdsFinishReason(window);
    before =
      finished || chunk[chunk.length - 1] === LF ? NOTHING : Buffer.from(window.subarray(-FINISH_BYTES));
  }

  function push(chunk: Buffer): Buffer | null {
    if (chunk.length === 0) return null;
    if (!finished) noteFinish(chunk);
    if (held === null && !passing && isPlain(chunk)) return chunk;
    const bytes: Buffer = held === null ? chunk : Buffer.concat([held, chunk]);
    held = null;
    const passed: Buffer[] = [];
    let at = 0;
    if (passing) {
      at = endOfPassedEvent(tail, bytes);
      if (at < 0) {
        tail = lastBytes(tail, bytes);
        return bytes;
      }
      passing = false;
      passed.push(bytes.subarray(0, at));
    }
    splitEvents(bytes, at, passed);
    return joined(passed, bytes);
  }

  function splitEvents(bytes: Buffer, from: number, passed: Buffer[]): void {
    let at = from;
    while (at < bytes.length) {
      const comment = bytes[at] === COLON ? endOfLine(bytes, at) : -1;
      if (comment > 0) {
        passed.push(bytes.subarray(at, comment));
        at = comment;
        continue;
      }
      const end = endOfEvent(bytes, at);
      const event = bytes.subarray(at, end < 0 ? bytes.length : end);
      if (end < 0) {
        if (finished && mayBeUsageChunk(event)) held = Buffer.from(event);
        else {
          passing = true;
          tail = lastBytes(NOTHING, event);
          passed.push(event);
        }
        return;
      }
      if (!isUsageChunk(event)) passed.push(event);
      at = end;
    }
  }

  return {
    push,
    end() {
      const rest = held;
      held = null;
      return rest === null || isUsageChunk(rest) ? null : rest;
    },
  };
}

/** True where a finish reason is anything but null; one whose value is cut off is told with the next chunk. */
function holdsFinishReason(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(FINISH_REASON); at >= 0; at = bytes.indexOf(FINISH_REASON, at + 1)) {
    const colon = skipSpace(bytes, at + FINISH_REASON.length);
    const value = skipSpace(bytes, colon + 1);
    if (bytes[colon] === COLON && value < bytes.length && bytes[value] !== NULL_N) return true;
  }
  return false;
}

const EMPTY_ARRAY = Buffer.from('[]');
const SPACED_ARRAY = Buffer.from('[ ');

/** Whole events without an empty array in them: no usage chunk, and nothing to hold. */
function isPlain(chunk: Buffer): boolean {
  const { length } = chunk;
  const before = chunk[length - 2];
  const ended = chunk[length - 1] === LF && (before === LF || (before === CR && chunk[length - 3] === LF));
  return ended && chunk.indexOf(EMPTY_ARRAY) < 0 && chunk.indexOf(SPACED_ARRAY) < 0;
}

/** Contiguous slices of one buffer become one slice again, so that nothing is copied while nothing was removed. */
function joined(parts: readonly Buffer[], whole: Buffer): Buffer | null {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  if (bytes === 0) return null;
  if (bytes === whole.length) return whole;
  return parts.length === 1 ? (parts[0] ?? null) : Buffer.concat(parts);
}

/** Offset after the blank line that ends the event which starts at `from`; -1 where it has not come yet. */
function endOfEvent(bytes: Buffer, from: number): number {
  let lineStart = from;
  while (lineStart < bytes.length) {
    const end = endOfLine(bytes, lineStart);
    if (end < 0) return -1;
    const blank = bytes[lineStart] === LF || bytes[lineStart] === CR;
    lineStart = end;
    if (blank) return end;
  }
  return -1;
}

/** Offset after the line's end; -1 where it has none yet, or ends in a CR that an LF may still follow. */
function endOfLine(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF, from);
  const cr = bytes.indexOf(CR, from);
  if (cr >= 0 && (lf < 0 || cr < lf)) {
    if (cr + 1 === bytes.length) return -1;
    return bytes[cr + 1] === LF ? cr + 2 : cr + 1;
  }
  return lf < 0 ? -1 : lf + 1;
}

const BLANK_LINES = ['\n\n', '\r\n\r\n', '\r\r'] as const;
const LONGEST_BLANK = 4;

function endOfPassedEvent(tail: Buffer, bytes: Buffer): number {
  const window = Buffer.concat([tail, bytes]);
  let first = -1;
  for (const blank of BLANK_LINES) {
    const at = window.indexOf(blank);
    if (at >= 0 && (first < 0 || at + blank.length < first)) first = at + blank.length;
  }
  return first < 0 ? -1 : Math.max(0, first - tail.length);
}

function lastBytes(tail: Buffer, bytes: Buffer): Buffer {
  const joinedTail = bytes.length >= LONGEST_BLANK ? bytes : Buffer.concat([tail, bytes]);
  return Buffer.from(joinedTail.subarray(-(LONGEST_BLANK - 1)));
}

function mayBeUsageChunk(event: Buffer): boolean {
  if (event.length > HELD_BYTES) return false;
  const text = event.toString('latin1');
  if (FILLED_CHOICES.test(text)) return false;
  // The end marker and events of other kinds carry no JSON object behind `data:`.
  return !/(^|[\r\n])data:[ ]?[^{ \r\n]/.test(text);
}

/** An event whose JSON has empty choices and a usage object. */
function isUsageChunk(event: Buffer): boolean {
  const at = event.indexOf('data:');
  if (at < 0 || event.indexOf('"usage"') < 0 || event.indexOf('"choices"') < 0) return false;
  let emptyChoices = false;
  let usage = false;
  skimObject(
    event,
    (key, { start }) => {
      if (key === 'choices')
        emptyChoices = event[start] === 0x5b && event[skipSpace(event, start + 1)] === 0x5d;
      if (key === 'usage') usage = event[start] === 0x7b;
    },
    at + 5,
  );
  return emptyChoices && usage;
}
