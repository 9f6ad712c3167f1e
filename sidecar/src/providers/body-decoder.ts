// Inflates a compressed answer piece by piece, for observing only: the client gets the bytes as they were sent.
// Never throws; what cannot be inflated is not read.
import * as zlib from 'node:zlib';

export interface BodyDecoder {
  readonly push: (chunk: Buffer, atMs: number) => void;
  /** Resolves when all bytes were handed on; undefined where nothing was pending. */
  readonly end: () => Promise<void> | undefined;
}

export type OnBytes = (bytes: Buffer, atMs: number) => void;

/** Compressed bytes that may wait for the inflating thread; a faster upstream is not read on. */
const PENDING_BYTES = 8 * 1024 * 1024;
/** No answer is as long inflated; what is longer was made to keep us busy. */
const INFLATED_BYTES = 512 * 1024 * 1024;

/** `encoding` is the answer's content-encoding. Several encodings in a row are not read. */
export function createBodyDecoder(encoding: string, onBytes: OnBytes): BodyDecoder {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return { push: onBytes, end: nothingPending };
  const stream = createInflater(name);
  if (stream === null) return { push: () => undefined, end: nothingPending };
  return createInflatingDecoder(stream, onBytes);
}

function nothingPending(): undefined {
  return undefined;
}

type Inflater = zlib.Gunzip | zlib.BrotliDecompress | zlib.Inflate;

function createInflater(encoding: string): Inflater | null {
  const flush = zlib.constants.Z_SYNC_FLUSH;
  if (encoding === 'gzip' || encoding === 'x-gzip') return zlib.createGunzip({ flush, finishFlush: flush });
  if (encoding === 'deflate') return zlib.createUnzip({ flush, finishFlush: flush });
  if (encoding === 'br') {
    const operation = zlib.constants.BROTLI_OPERATION_FLUSH;
    return zlib.createBrotliDecompress({ flush: operation, finishFlush: operation });
  }
  // Node has zstd since 22.15; its absence leaves such an answer unread.
  const create: unknown = encoding === 'zstd' ? Reflect.get(zlib, 'createZstdDecompress') : undefined;
  return typeof create === 'function' ? (create() as Inflater) : null;
}

function createInflatingDecoder(stream: Inflater, onBytes: OnBytes): BodyDecoder {
  /** Arrival times of the chunks that are not inflated yet; what comes out belongs to the first. */
  const arrivalsMs: number[] = [];
  let lastAtMs = 0;
  let pendingBytes = 0;
  let inflatedBytes = 0;
  const done = new Promise<void>((resolve) => {
    stream.once('end', resolve);
    // A stream that is broken, or destroyed below, closes without an end.
    stream.once('close', resolve);
  });

  function drain(): void {
    for (let bytes: unknown = stream.read(); Buffer.isBuffer(bytes); bytes = stream.read()) {
      inflatedBytes += bytes.length;
      if (inflatedBytes > INFLATED_BYTES) stream.destroy();
      else onBytes(bytes, arrivalsMs[0] ?? lastAtMs);
    }
  }

  stream.on('readable', drain);
  stream.on('error', () => stream.destroy());

  return {
    push(chunk, atMs) {
      if (stream.destroyed) return;
      pendingBytes += chunk.length;
      if (pendingBytes > PENDING_BYTES) {
        stream.destroy();
        return;
      }
      lastAtMs = atMs;
      arrivalsMs.push(atMs);
      stream.write(chunk, () => {
        drain();
        arrivalsMs.shift();
        pendingBytes -= chunk.length;
      });
    },
    end() {
      if (stream.destroyed) return undefined;
      stream.end();
      return done;
    },
  };
}
