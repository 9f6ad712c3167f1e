// Reads HTTP/1.1 messages out of a socket's bytes, answers and requests alike: the head as text, the body as slices where they
// lie (RFC 9112). Allocates nothing per slice, so that a client with thousands of streams stays on time. Knows no socket.

export interface HttpHead {
  /** `HTTP/1.1 200 OK` or `POST /path HTTP/1.1`. */
  readonly startLine: string;
  /** Header lines, names in lower case; see `headerValue`. */
  readonly lines: readonly string[];
}

/** Told in this order for each message; `bytes` may be used again once `onBody` returns. */
export interface HttpListener {
  onHead(head: HttpHead): void;
  onBody(bytes: Buffer, start: number, end: number): void;
  onEnd(trailers: readonly string[]): void;
  /** What came is no HTTP; nothing is read any more. */
  onBroken(problem: string): void;
}

export interface HttpReader {
  readonly of: 'answers' | 'requests';
  readonly listener: HttpListener;
  phase: 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' | 'broken';
  /** Bytes left of the body or of the chunk. */
  left: number;
  /** The unfinished head or line that the last bytes ended in. */
  carry: Buffer;
}

const NOTHING = Buffer.alloc(0);
const MOST_HEAD_BYTES = 65_536;
const LF = 10;

export function createHttpReader(of: HttpReader['of'], listener: HttpListener): HttpReader {
  return { of, listener, phase: 'head', left: 0, carry: NOTHING };
}

export function readHttp(reader: HttpReader, bytes: Buffer, start: number, end: number): void {
  let cursor = start;
  while (cursor < end && reader.phase !== 'broken') cursor = step(reader, bytes, cursor, end);
}

/** The other side closed: ends a body that only this could end. False when a message was cut short. */
export function endHttp(reader: HttpReader): boolean {
  if (reader.phase === 'until-close') {
    finish(reader, []);
    return true;
  }
  return reader.phase === 'head' && reader.carry.length === 0;
}

/** The values of a header, joined by commas where it stands several times; undefined when it is absent. */
export function headerValue(lines: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (const line of lines) {
    if (!line.startsWith(name) || line[name.length] !== ':') continue;
    const found = line.slice(name.length + 1).trim();
    value = value === undefined ? found : `${value}, ${found}`;
  }
  return value;
}

function step(reader: HttpReader, bytes: Buffer, start: number, end: number): number {
  switch (reader.phase) {
    case 'chunk-size':
      return takeLine(reader, bytes, start, end, takeChunkSize);
    case 'chunk':
    case 'length':
      return takeBody(reader, bytes, start, end);
    case 'chunk-end':
      return takeLine(reader, bytes, start, end, takeChunkEnd);
    case 'until-close':
      reader.listener.onBody(bytes, start, end);
      return end;
    case 'head':
      return takeBlock(reader, bytes, start, end, takeHead);
    case 'trailers':
      return takeBlock(reader, bytes, start, end, finish);
    case 'broken':
      return end;
  }
}

function takeBody(reader: HttpReader, bytes: Buffer, start: number, end: number): number {
  const until = Math.min(end, start + reader.left);
  reader.left -= until - start;
  reader.listener.onBody(bytes, start, until);
  if (reader.left > 0) return until;
  if (reader.phase === 'length') finish(reader, []);
  else if (reader.phase === 'chunk') reader.phase = 'chunk-end';
  return until;
}

/** A line that lies whole in the bytes is read where it lies. */
function takeLine(
  reader: HttpReader,
  bytes: Buffer,
  start: number,
  end: number,
  take: (reader: HttpReader, bytes: Buffer, start: number, end: number) => void,
): number {
  const lf = bytes.indexOf(LF, start);
  if (lf === -1 || lf >= end) {
    keep(reader, bytes, start, end);
    return end;
  }
  if (reader.carry.length === 0) take(reader, bytes, start, lf);
  else {
    keep(reader, bytes, start, lf);
    const line = reader.carry;
    reader.carry = NOTHING;
    take(reader, line, 0, line.length);
  }
  return lf + 1;
}

function takeChunkSize(reader: HttpReader, bytes: Buffer, start: number, end: number): void {
  let size = 0;
  let digits = 0;
  for (let index = start; index < end; index += 1) {
    const digit = hexDigit(bytes[index] ?? 0);
    if (digit === -1) break;
    size = size * 16 + digit;
    digits += 1;
  }
  if (digits === 0 || digits > 12) {
    fail(reader, 'a chunk without a size');
    return;
  }
  reader.left = size;
  reader.phase = size === 0 ? 'trailers' : 'chunk';
}

function takeChunkEnd(reader: HttpReader, bytes: Buffer, start: number, end: number): void {
  const empty = start === end || (end === start + 1 && bytes[start] === 13);
  if (empty) reader.phase = 'chunk-size';
  else fail(reader, 'a chunk longer than its size');
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return code >= 65 && code <= 70 ? code - 55 : -1;
}

/** A block of lines that a blank line ends. Once a message, so its text may be copied. */
function takeBlock(
  reader: HttpReader,
  bytes: Buffer,
  start: number,
  end: number,
  take: (reader: HttpReader, lines: readonly string[]) => void,
): number {
  const carried = reader.carry.length;
  keep(reader, bytes, start, end);
  const block = reader.carry;
  const blockEnd = endOfBlock(block, Math.max(0, carried - 3));
  if (blockEnd === -1) {
    if (reader.phase === 'head' && reader.of === 'answers' && !mayBeStatusLine(block))
      fail(reader, noHttp(firstLine(block)));
    else if (block.length > MOST_HEAD_BYTES) fail(reader, `a head of more than ${MOST_HEAD_BYTES} bytes`);
    return end;
  }
  reader.carry = NOTHING;
  take(reader, blockLines(block, blockEnd));
  return start + blockEnd - carried;
}

const STATUS_LINE = 'HTTP/1.';

/** Whatever greets first, such as SSH or SMTP, never sends a blank line: its first bytes must tell. */
function mayBeStatusLine(block: Buffer): boolean {
  const first = block[0];
  if (first === LF || first === 13) return true;
  const length = Math.min(block.length, STATUS_LINE.length);
  return block.toString('latin1', 0, length) === STATUS_LINE.slice(0, length);
}

function firstLine(block: Buffer): string {
  const lf = block.indexOf(LF);
  return block.toString('latin1', 0, lf === -1 ? block.length : lf);
}

/** The words may be any bytes: those that are no text are shown as dots. */
function noHttp(line: string): string {
  return `no HTTP: "${line
    .slice(0, 60)
    .trimEnd()
    .replace(/[^ -~]/g, '.')}"`;
}

/** Where the bytes after the blank line begin; -1 while there is none. A block may be nothing but its blank line. */
function endOfBlock(block: Buffer, from: number): number {
  if (block[0] === LF) return 1;
  if (block[0] === 13 && block[1] === LF) return 2;
  for (let lf = block.indexOf(LF, from); lf !== -1; lf = block.indexOf(LF, lf + 1)) {
    if (block[lf + 1] === LF) return lf + 2;
    if (block[lf + 1] === 13 && block[lf + 2] === LF) return lf + 3;
  }
  return -1;
}

function blockLines(block: Buffer, end: number): string[] {
  return block
    .toString('latin1', 0, end)
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => line !== '');
}

function takeHead(reader: HttpReader, lines: readonly string[]): void {
  const [startLine, ...rest] = lines;
  // A blank line before a request is allowed and means nothing.
  if (startLine === undefined) return;
  const status = reader.of === 'answers' ? statusOf(startLine) : null;
  if (status === undefined) {
    fail(reader, noHttp(startLine));
    return;
  }
  if (status !== null && status >= 100 && status < 200) return;
  const named = rest.map(lowerCaseName);
  const problem = frameBody(reader, named, status);
  if (problem !== null) {
    fail(reader, problem);
    return;
  }
  reader.listener.onHead({ startLine, lines: named });
  if (reader.phase === 'length' && reader.left === 0) finish(reader, []);
}

/** The status of an answer's first line; undefined when it is none. */
export function statusOf(startLine: string): number | undefined {
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(startLine)?.[1];
  return status === undefined ? undefined : Number(status);
}

function lowerCaseName(line: string): string {
  const colon = line.indexOf(':');
  return colon === -1 ? line.toLowerCase() : line.slice(0, colon).toLowerCase() + line.slice(colon);
}

/** Decides where the body ends (RFC 9112, 6.3); words for what makes that impossible. */
function frameBody(reader: HttpReader, lines: readonly string[], status: number | null): string | null {
  const length = headerValue(lines, 'content-length');
  if (/\bchunked$/i.test(headerValue(lines, 'transfer-encoding') ?? '')) {
    reader.phase = 'chunk-size';
    return null;
  }
  const empty = status === 204 || status === 304 || (status === null && length === undefined);
  if (!empty && length === undefined) {
    reader.phase = 'until-close';
    return null;
  }
  reader.phase = 'length';
  reader.left = empty ? 0 : Number(length?.split(',', 1)[0]);
  return Number.isSafeInteger(reader.left) && reader.left >= 0 ? null : 'a content-length that is no number';
}

function finish(reader: HttpReader, trailers: readonly string[]): void {
  reader.phase = 'head';
  reader.listener.onEnd(trailers.map(lowerCaseName));
}

function fail(reader: HttpReader, problem: string): void {
  reader.phase = 'broken';
  reader.listener.onBroken(problem);
}

function keep(reader: HttpReader, bytes: Buffer, start: number, end: number): void {
  // Always a copy: the socket's buffer is written again.
  reader.carry =
    reader.carry.length === 0
      ? Buffer.from(bytes.subarray(start, end))
      : Buffer.concat([reader.carry, bytes.subarray(start, end)]);
}
