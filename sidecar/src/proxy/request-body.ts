// A request's body on its way upstream: collected whole where a policy must read it, else streamed with back-pressure.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'stream'; readonly head: Buffer; readonly stream: Readable };

export interface BodySource {
  readonly request: IncomingMessage;
  /** Told the size of each piece as it comes in. */
  readonly onBytes: (count: number) => void;
}

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
export function collectBody(source: BodySource, maxBytes: number, done: (body: RequestBody) => void): void {
  const { request, onBytes } = source;
  const chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    size += chunk.length;
    onBytes(chunk.length);
    if (size <= maxBytes) return;
    request.off('data', onData);
    request.off('end', onEnd);
    request.pause();
    done(streamBody(source, chunks));
  };
  const onEnd = (): void => {
    const [first] = chunks;
    if (first === undefined) done(NO_BODY);
    else done({ kind: 'whole', bytes: chunks.length === 1 ? first : Buffer.concat(chunks, size) });
  };
  request.on('data', onData);
  request.on('end', onEnd);
}

/**
 * The body as a stream of its own: destroying it (as the HTTP client does when upstream answers early) must not
 * destroy the client's connection, on which the answer still has to leave.
 */
export function streamBody({ request, onBytes }: BodySource, collected: readonly Buffer[] = []): RequestBody {
  const onData = (chunk: Buffer): void => {
    onBytes(chunk.length);
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
