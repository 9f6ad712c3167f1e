// Posts one segment to the collector's ingest. It decides nothing about what is answered.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { BATCH_ID_HEADER, INGEST_PATH, REPLAY_HEADER } from '@tollgate/contract';
import { Pool } from 'undici';
import type { TelemetrySettings } from '../config.ts';
import type { SealedSegment } from './sealed-segment.ts';

const gzipAsync = promisify(gzip);

const ATTEMPT_TIMEOUT_MS = 30_000;

export interface IngestAnswer {
  readonly status: number;
  readonly text: string;
}

export interface IngestClient {
  /** `content` is what the segment holds. Throws where no answer came, or the signal fired. */
  readonly post: (segment: SealedSegment, content: Buffer, signal: AbortSignal) => Promise<IngestAnswer>;
  readonly close: () => Promise<void>;
}

export function createIngestClient({
  collectorUrl,
  ingestToken,
  gzip: isZipped,
}: Pick<TelemetrySettings, 'collectorUrl' | 'ingestToken' | 'gzip'>): IngestClient {
  const base = new URL(collectorUrl);
  const pool = new Pool(base.origin, { connections: 2, headersTimeout: ATTEMPT_TIMEOUT_MS });
  const path = `${base.pathname.replace(/\/+$/, '')}${INGEST_PATH}`;
  return {
    async post(segment, content, signal) {
      const answer = await pool.request({
        path,
        method: 'POST',
        body: isZipped ? await gzipAsync(content, { level: 1 }) : content,
        signal,
        headers: {
          'content-type': 'application/x-ndjson',
          [BATCH_ID_HEADER]: segment.id,
          ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
          ...(ingestToken === '' ? {} : { authorization: `Bearer ${ingestToken}` }),
          ...(segment.replay ? { [REPLAY_HEADER]: '1' } : {}),
        },
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    },
    close: async () => await pool.destroy(),
  };
}
