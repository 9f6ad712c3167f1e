// Server-sent events out of Buffers: lines are cut as bytes, so a sequence split anywhere (inside UTF-8 too) comes out whole.
// Knows nothing of what the events mean.

const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;
const EMPTY = Buffer.alloc(0);

export interface EventStreamParser {
  /** Takes the next bytes; calls `onEvent` for each event that they complete. */
  readonly push: (chunk: Buffer) => void;
  /** The stream ended: an event without its closing blank line is given out as well. */
  readonly end: () => void;
}

export interface EventStreamParserOptions {
  /** `data` is all data lines joined by a newline; `event` is empty for unnamed events. */
  readonly onEvent: (data: string, event: string) => void;
  /** A line such as `error: …` that the standard does not know, as some servers send it. */
  readonly onOddField?: (field: string, value: string) => void;
}

export function createEventStreamParser({
  onEvent,
  onOddField,
}: EventStreamParserOptions): EventStreamParser {
  let carry: Buffer = EMPTY;
  let data: string | null = null;
  let event = '';
  /** A CR ended the last chunk: an LF at the start of the next belongs to it. */
  let skipLf = false;

  const dispatch = (): void => {
    if (data !== null) onEvent(data, event);
    data = null;
    event = '';
  };

  const takeLine = (buffer: Buffer, start: number, end: number): void => {
    if (start === end) {
      dispatch();
      return;
    }
    const colon = buffer.indexOf(COLON, start);
    if (colon === start) return;
    const fieldEnd = colon === -1 || colon > end ? end : colon;
    let valueStart = Math.min(fieldEnd + 1, end);
    if (buffer[valueStart] === SPACE && valueStart < end) valueStart += 1;
    const field = buffer.toString('latin1', start, fieldEnd);
    if (field === 'data') {
      const value = buffer.toString('utf8', valueStart, end);
      data = data === null ? value : `${data}\n${value}`;
    } else if (field === 'event') event = buffer.toString('utf8', valueStart, end);
    else if (field !== 'id' && field !== 'retry')
      onOddField?.(field, buffer.toString('utf8', valueStart, end));
  };

  const push = (chunk: Buffer): void => {
    if (chunk.length === 0) return;
    let start = skipLf && chunk[0] === LF ? 1 : 0;
    skipLf = false;
    const buffer = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    let cursor = Math.max(start, carry.length);
    carry = EMPTY;
    const hasCr = chunk.indexOf(CR) !== -1;
    for (;;) {
      const end = hasCr ? nextLineEnd(buffer, cursor) : buffer.indexOf(LF, cursor);
      if (end === -1) break;
      takeLine(buffer, start, end);
      start = end + 1;
      if (buffer[end] === CR) {
        if (buffer[start] === LF) start += 1;
        else if (start === buffer.length) skipLf = true;
      }
      cursor = start;
    }
    if (start < buffer.length) carry = buffer.subarray(start);
  };

  const end = (): void => {
    if (carry.length > 0) takeLine(carry, 0, carry.length);
    carry = EMPTY;
    dispatch();
  };
  return { push, end };
}

function nextLineEnd(buffer: Buffer, from: number): number {
  const lf = buffer.indexOf(LF, from);
  const cr = buffer.indexOf(CR, from);
  if (lf === -1) return cr;
  return cr === -1 ? lf : Math.min(lf, cr);
}
