// Puts the rows of an INSERT into a private file that the engine reads with `FROM INFILE`. Rows never stand inside SQL
// text, where a blank line would end them and let the rest run as a statement; binary formats need no escaping either.
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createClickHouseException } from './clickhouse-exception.ts';

export interface InsertBody {
  readonly path: string;
  readonly bytes: number;
  readonly remove: () => Promise<void>;
}

export interface InsertBodies {
  /** Writes what came with the statement, then the request body (already decompressed). */
  readonly write: (head: Buffer, body: Readable) => Promise<InsertBody>;
}

export interface InsertBodiesOptions {
  /** Emptied at the start: nothing in it outlives the process that wrote it. */
  readonly directory: string;
  readonly maxBytes: number;
}

export async function createInsertBodies({
  directory,
  maxBytes,
}: InsertBodiesOptions): Promise<InsertBodies> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return {
    write: async (head, body) => {
      const path = join(directory, randomUUID());
      const remove = (): Promise<void> => rm(path, { force: true });
      try {
        await pipeline(prepend(head, body), limitBytes(maxBytes), createWriteStream(path, { mode: 0o600 }));
        return { path, bytes: (await stat(path)).size, remove };
      } catch (error) {
        await remove();
        throw error;
      }
    },
  };
}

async function* prepend(head: Buffer, body: Readable): AsyncGenerator<Buffer, void, undefined> {
  if (head.length > 0) yield head;
  for await (const chunk of body) yield chunk;
}

function limitBytes(maxBytes: number): Transform {
  let seenBytes = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      seenBytes += chunk.length;
      if (seenBytes <= maxBytes) done(null, chunk);
      else done(bodyTooLarge(maxBytes));
    },
  });
}

export function bodyTooLarge(maxBytes: number): Error {
  return createClickHouseException({
    code: 307,
    type: 'TOO_MANY_BYTES',
    message: `the request body is larger than ${maxBytes} bytes`,
  });
}
