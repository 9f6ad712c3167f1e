// Which HTTP a client speaks on a connection, told by its first bytes. HTTP/2 without TLS begins with a preface that no
// HTTP/1.1 request can begin with (RFC 9113, 3.4). What was read is put back.
import type { Socket } from 'node:net';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** A connection on which nothing is said is closed, as node:http closes one whose first request does not come. */
const SILENCE_MS = 60_000;

export type ClientProtocol = 'http/1.1' | 'h2';

/** Calls `told` once, in the turn in which the bytes came; never for a connection that closes before it says enough. */
export function tellProtocol(socket: Socket, told: (protocol: ClientProtocol) => void): void {
  let read: Buffer = Buffer.alloc(0);
  const onData = (data: Buffer): void => {
    read = read.length === 0 ? data : Buffer.concat([read, data]);
    const length = Math.min(read.length, PREFACE.length);
    const isPreface = read.compare(PREFACE, 0, length, 0, length) === 0;
    if (isPreface && length < PREFACE.length) return;
    socket.off('data', onData);
    socket.off('error', ignore);
    socket.off('timeout', destroy);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(read);
    told(isPreface ? 'h2' : 'http/1.1');
  };
  socket.on('data', onData);
  // Its close says as much.
  socket.on('error', ignore);
  socket.on('timeout', destroy);
  socket.setTimeout(SILENCE_MS);
}

function ignore(): void {}

function destroy(this: Socket): void {
  this.destroy();
}
