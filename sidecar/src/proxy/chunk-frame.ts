// Writes the chunks that came in one turn of the event loop as one piece, each framed as it came. node:http writes size,
// bytes and end of each as pieces of their own, which costs a gathering system call and four entries in the socket's
// queue for each token of a stream.
import type { ServerResponse } from 'node:http';

/** Larger chunks are cheaper sent as they lie than copied. */
const COPIED_BYTES = 16 * 1024;
/** Four digits of a size, and two line ends. */
const LONGEST_FRAME = 8;
const CR = 0x0d;
const LF = 0x0a;
const HEX = Buffer.from('0123456789abcdef');

/** Chunks of one answer that wait for the end of this turn. */
export interface GatheredChunks {
  readonly first: Buffer;
  /** Null where there is only the first. */
  rest: Buffer[] | null;
}

/** As `response.write`: false where the client must be waited for. For chunked answers, after `writeHead`. */
export function writeChunks(response: ServerResponse, { first, rest }: GatheredChunks): boolean {
  let longest = first.length;
  let room = first.length + LONGEST_FRAME;
  if (rest !== null) {
    for (const { length } of rest) {
      longest = Math.max(longest, length);
      room += length + LONGEST_FRAME;
    }
  }
  if (longest > COPIED_BYTES) return writeAsTheyLie(response, { first, rest });
  const framed = Buffer.allocUnsafe(room);
  let end = frame(first, framed, 0);
  if (rest !== null) for (const chunk of rest) end = frame(chunk, framed, end);
  return writeFramed(response, end === room ? framed : framed.subarray(0, end));
}

function writeAsTheyLie(response: ServerResponse, { first, rest }: GatheredChunks): boolean {
  let flowing = response.write(first);
  for (const chunk of rest ?? []) flowing = response.write(chunk);
  return flowing;
}

/** The first piece takes the head along; what follows needs nothing of node:http and goes to the socket itself. */
function writeFramed(response: ServerResponse, framed: Buffer): boolean {
  const { socket } = response;
  if (socket !== null && isHeadWritten(response)) return socket.write(framed);
  response.chunkedEncoding = false;
  const flowing = response.write(framed);
  response.chunkedEncoding = true;
  return flowing;
}

/** Whether the head, and all that was written so far, is with the socket: only the answer whose turn it is has one. */
function isHeadWritten(response: ServerResponse & { readonly _headerSent?: boolean }): boolean {
  return response._headerSent === true;
}

/** The chunk as it travels (RFC 9112, 7.1): its size in hexadecimal, its bytes, each followed by CRLF. */
function frame(chunk: Buffer, into: Buffer, from: number): number {
  const { length } = chunk;
  let at = from;
  for (let shift = 12; shift >= 0; shift -= 4) {
    const digit = (length >> shift) & 0xf;
    if (at > from || digit > 0) into[at++] = HEX[digit] ?? 0;
  }
  into[at++] = CR;
  into[at++] = LF;
  at += chunk.copy(into, at);
  into[at++] = CR;
  into[at++] = LF;
  return at;
}
