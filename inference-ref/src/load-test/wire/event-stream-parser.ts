// Server-sent events out of bytes: lines are cut as bytes, so a sequence split anywhere (inside UTF-8 too) comes out whole.
// Knows nothing of what the events mean. State is one plain object a stream, for it runs for every chunk.

const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;
const EMPTY = Buffer.alloc(0);

export interface EventStream {
  /** The unfinished line that the last chunk ended in. */
  carry: Buffer;
  data: string | null;
  event: string;
  /** A CR ended the last chunk: an LF at the start of the next belongs to it. */
  skipLf: boolean;
}

export interface EventStreamListener {
  /** `data` is all data lines joined by a newline; `event` is empty for unnamed events. */
  onEvent(data: string, event: string): void;
  /** A line such as `error: …` that the standard does not know, as some servers send it. */
  onOddField(field: string, value: string): void;
}

export function createEventStream(): EventStream {
  return { carry: EMPTY, data: null, event: '', skipLf: false };
}

/** True between two events: what follows is the start of one. */
export function isBetweenEvents({ carry, data, event, skipLf }: EventStream): boolean {
  return carry.length === 0 && data === null && event === '' && !skipLf;
}

/** Takes the next bytes, which are not kept; tells the listener of each event that they complete. */
export function readEventStream(stream: EventStream, chunk: Buffer, listener: EventStreamListener): void {
  if (chunk.length === 0) return;
  const start = stream.skipLf && chunk[0] === LF ? 1 : 0;
  stream.skipLf = false;
  const carried = stream.carry.length;
  const bytes = carried === 0 ? chunk : Buffer.concat([stream.carry, chunk]);
  stream.carry = EMPTY;
  readLines(stream, bytes, { from: start, searched: Math.max(start, carried) }, listener);
}

/** The stream ended: an event without its closing blank line is given out as well. */
export function endEventStream(stream: EventStream, listener: EventStreamListener): void {
  const { carry } = stream;
  stream.carry = EMPTY;
  if (carry.length > 0) takeLine(stream, carry, 0, carry.length, listener);
  dispatch(stream, listener);
}

/** `searched` is where to look for the first line's end: what lies before it holds none. */
function readLines(
  stream: EventStream,
  bytes: Buffer,
  { from, searched }: { readonly from: number; readonly searched: number },
  listener: EventStreamListener,
): void {
  let start = from;
  let end = lineEnd(bytes, searched);
  while (end < bytes.length) {
    takeLine(stream, bytes, start, end, listener);
    start = end + 1;
    if (bytes[end] === CR) {
      if (start === bytes.length) stream.skipLf = true;
      else if (bytes[start] === LF) start += 1;
    }
    end = lineEnd(bytes, start);
  }
  // A copy: the bytes are the socket's, and will be written again.
  if (start < bytes.length) stream.carry = Buffer.from(bytes.subarray(start));
}

function takeLine(
  stream: EventStream,
  bytes: Buffer,
  start: number,
  end: number,
  listener: EventStreamListener,
): void {
  if (start === end) {
    dispatch(stream, listener);
    return;
  }
  const colon = bytes.indexOf(COLON, start);
  if (colon === start) return;
  const fieldEnd = colon === -1 || colon > end ? end : colon;
  let valueStart = Math.min(fieldEnd + 1, end);
  if (bytes[valueStart] === SPACE && valueStart < end) valueStart += 1;
  const field = bytes.toString('latin1', start, fieldEnd);
  const value = bytes.toString('utf8', valueStart, end);
  if (field === 'data') stream.data = stream.data === null ? value : `${stream.data}\n${value}`;
  else if (field === 'event') stream.event = value;
  else if (field !== 'id' && field !== 'retry') listener.onOddField(field, value);
}

function dispatch(stream: EventStream, listener: EventStreamListener): void {
  const { data, event } = stream;
  stream.data = null;
  stream.event = '';
  if (data !== null) listener.onEvent(data, event);
}

/** Where the line ends; the length of the bytes when it doesn't. */
function lineEnd(bytes: Buffer, from: number): number {
  let index = from;
  while (index < bytes.length && bytes[index] !== LF && bytes[index] !== CR) index += 1;
  return index;
}
