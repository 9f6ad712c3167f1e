// Joins a client with an upstream that agreed to a WebSocket: the handshake's answer as it came, then bytes both ways with
// back-pressure, counted and shown to the observer. The call ends when both sides have closed.
import type { Duplex } from 'node:stream';
import { CALL_ID_HEADER } from '@tollgate/contract';
import { createAnswerObserver } from '../providers/create-answer-observer.ts';
import { type AnswerRelay, concludeRelay } from './answer-relay.ts';
import { answerHeaders, upgradeHeaders } from './forwarded-headers.ts';

const HALF_OPEN_MS = 2_000;

/** The client's side of an upgrade, as node:http hands it over. */
export interface ClientTunnel {
  readonly socket: Duplex;
  /** What the client sent behind its handshake. */
  readonly head: Buffer;
}

export interface AgreedUpgrade {
  readonly tunnel: ClientTunnel;
  readonly upstreamSocket: Duplex;
  readonly rawHeaders: readonly (Buffer | string)[];
}

export function joinWebSocket(relay: AnswerRelay, upgrade: AgreedUpgrade): void {
  const { call, clock, response } = relay;
  const { tunnel, upstreamSocket, rawHeaders } = upgrade;
  const { socket, head } = tunnel;
  call.status = 101;
  call.firstByteAtMs = clock.monotonicMs();
  call.observer = createAnswerObserver({
    request: call.request,
    provider: call.provider,
    status: 101,
    headers: answerHeaders(rawHeaders, false).read,
  });
  // From here on the answer is no HTTP message: closing it must not look like a client that left.
  if (response.socket !== null) response.detachSocket(response.socket);
  if (head.length > 0) socket.unshift(head);
  socket.write(handshakeAnswer(rawHeaders, call.callId), 'latin1');

  upstreamSocket.on('data', (chunk: Buffer) => {
    call.responseBytes += chunk.length;
    call.observer?.onChunk(chunk, clock.monotonicMs());
  });
  socket.on('data', (chunk: Buffer) => {
    call.requestBytes += chunk.length;
  });
  let open = 2;
  let lost = false;
  const closed = (other: Duplex): void => {
    open -= 1;
    if (open > 0) other.destroy();
    else
      concludeRelay(
        relay,
        lost ? 'cut' : 'complete',
        lost ? { outcome: 'upstream_error', errorType: 'connection_lost' } : {},
        () => undefined,
      );
  };
  upstreamSocket.on('error', () => {
    lost = true;
  });
  socket.on('error', () => undefined);
  upstreamSocket.once('close', () => closed(socket));
  socket.once('close', () => closed(upstreamSocket));
  upstreamSocket.pipe(socket);
  socket.pipe(upstreamSocket);
  closeAfterEnd(upstreamSocket, socket);
  closeAfterEnd(socket, upstreamSocket);
}

/** A side that has ended sends no more; the other may finish what it was saying, but not stay for ever. */
function closeAfterEnd(ending: Duplex, other: Duplex): void {
  ending.once('end', () => {
    const timer = setTimeout(() => other.destroy(), HALF_OPEN_MS);
    other.once('close', () => clearTimeout(timer));
  });
}

function handshakeAnswer(rawHeaders: readonly (Buffer | string)[], callId: string): string {
  const flat = upgradeHeaders(rawHeaders);
  let head = 'HTTP/1.1 101 Switching Protocols\r\n';
  for (let index = 0; index + 1 < flat.length; index += 2) head += `${flat[index]}: ${flat[index + 1]}\r\n`;
  return `${head}${CALL_ID_HEADER}: ${callId}\r\n\r\n`;
}
