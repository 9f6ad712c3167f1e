// A request's body on its way upstream: collected whole where a policy must read it, else streamed with back-pressure.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { CallState } from './call-state.ts';

export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'stream'; readonly head: Buffer; readonly stream: Readable };

/** Where the body's bytes are counted as they come in. */
type BodyMeter = Pick<CallState, 'requestBytes'>;

const NOTHING = Buffer.alloc(0);
const MAX_HEAD_BYTES = 64 * 1024;
export const NO_BODY: RequestBody = { kind: 'none' };

export function hasBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && length !== '0';
}

/**
 * Collects up to `maxBytes`, then calls `done` once. A longer body goes on as a stream that begins with what was
 * collected. `done` is not called for a client that leaves before its request is complete.
 */
export function collectBody(
  request: IncomingMessage,
  meter: BodyMeter,
  maxBytes: number,
  done: (body: RequestBody) => void,
): void {
  const chunks: Buffer[] = [];
  let streaming = false;
  request.on('data', (chunk: Buffer) => {
    if (streaming) return;
    chunks.push(chunk);
    meter.requestBytes += chunk.length;
    if (meter.requestBytes <= maxBytes) return;
    streaming = true;
    request.pause();
    done(streamBody(request, meter, chunks));
  });
  request.on('end', () => {
    if (streaming) return;
    const [first] = chunks;
    if (first === undefined) done(NO_BODY);
    else done({ kind: 'whole', bytes: chunks.length === 1 ? first : Buffer.concat(chunks) });
  });
}

/**
 * The body as a stream of its own: destroying it (as the HTTP client does when upstream answers early) must not
 * destroy the client's connection, on which the answer still has to leave.
 */
export function streamBody(
  request: IncomingMessage,
  meter: BodyMeter,
  collected: readonly Buffer[] = [],
): RequestBody {
  const onData = (chunk: Buffer): void => {
    meter.requestBytes += chunk.length;
    if (!stream.push(chunk)) request.pause();
  };
  const stream = new Readable({
    read: () => void request.resume(),
    destroy: (error, callback) => {
      request.off('data', onData);
      request.resume();
      callback(error);
    },
  });
  for (const chunk of collected) stream.push(chunk);
  const head = collected.length === 0 ? NOTHING : Buffer.concat(collected).subarray(0, MAX_HEAD_BYTES);
  request.on('data', onData);
  request.once('end', () => stream.push(null));
  request.once('error', (error) => stream.destroy(error));
  return { kind: 'stream', head, stream };
}
