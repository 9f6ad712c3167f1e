// POST /v1/events: reads and checks the request, bounds how much is in flight, and answers once the batch is durable.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  BATCH_ID_HEADER,
  BatchId,
  INGEST_PATH,
  type IngestAck,
  MAX_BATCH_BYTES,
  MAX_BATCH_LINES,
  REPLAY_HEADER,
} from '@tollgate/contract';
import { defineError, isTollgateError } from '@tollgate/service-kit/tollgate-error';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bearerToken, tokensEqual } from '../access/bearer-token.ts';
import type { BatchStore } from './batch-store.ts';
import type { BatchResult, IngestMetrics } from './ingest-metrics.ts';

const errIngestUnauthorized = defineError('TG_INGEST_UNAUTHORIZED', 401);
const errIngestBusy = defineError('TG_INGEST_BUSY', 503);
const errBatchInvalid = defineError('TG_BATCH_INVALID', 400);
const errBatchTooLarge = defineError('TG_BATCH_TOO_LARGE', 413);
const errBatchEncoding = defineError('TG_BATCH_ENCODING', 415);

const RETRY_AFTER_SECONDS = 1;
const unzip = promisify(gunzip);

export interface IngestRoutesDeps {
  readonly ingestToken: string;
  readonly store: BatchStore;
  readonly metrics: IngestMetrics;
  /** More batches than this at once are told to come back. */
  readonly maxConcurrentBatches: number;
  readonly monotonicMs: () => number;
}

export function ingestRoutes(deps: IngestRoutesDeps) {
  let active = 0;
  return async (app: FastifyInstance): Promise<void> => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.addHook('onRequest', async (request) => {
      if (!tokensEqual(bearerToken(request), deps.ingestToken)) {
        throw errIngestUnauthorized('the ingest token is missing or wrong', {
          hint: 'send `authorization: Bearer <TOLLGATE_INGEST_TOKEN>`',
        });
      }
    });
    app.post(INGEST_PATH, { bodyLimit: MAX_BATCH_BYTES, schema: { hide: true } }, async (request, reply) => {
      const startedMs = deps.monotonicMs();
      if (active >= deps.maxConcurrentBatches) {
        deps.metrics.batch('busy', 0);
        reply.header('retry-after', RETRY_AFTER_SECONDS);
        throw errIngestBusy('too many batches are being stored', { hint: 'send the same batch again later' });
      }
      active += 1;
      try {
        const ack = await takeBatch(deps, request);
        deps.metrics.batch('stored', (deps.monotonicMs() - startedMs) / 1000);
        return ack;
      } catch (error) {
        deps.metrics.batch(resultOf(error, reply), 0);
        throw error;
      } finally {
        active -= 1;
      }
    });
  };
}

async function takeBatch(deps: IngestRoutesDeps, request: FastifyRequest): Promise<IngestAck> {
  const batchId = BatchId.safeParse(request.headers[BATCH_ID_HEADER]);
  if (!batchId.success) {
    throw errBatchInvalid(`the header ${BATCH_ID_HEADER} is missing or malformed`, {
      hint: 'send an id of letters, digits and . _ : - that stays the same over all retries of the batch',
    });
  }
  const text = await bodyText(request);
  if (hasMoreLinesThan(text, MAX_BATCH_LINES)) {
    throw errBatchTooLarge(`the batch has more than ${MAX_BATCH_LINES} lines`, {
      hint: 'send smaller batches',
    });
  }
  const replay = request.headers[REPLAY_HEADER] === '1';
  const stored = await deps.store.store({ batchId: batchId.data, replay, text });
  return { batch_id: batchId.data, accepted: stored.accepted, rejected: [...stored.rejected] };
}

async function bodyText(request: FastifyRequest): Promise<string> {
  const body = request.body;
  if (body === undefined || body === null) return '';
  if (!Buffer.isBuffer(body)) throw errBatchInvalid('the body could not be read as bytes');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return body.toString('utf8');
  if (encoding !== 'gzip') {
    throw errBatchEncoding(`content-encoding "${encoding}" is not supported`, { hint: 'use gzip or none' });
  }
  try {
    return (await unzip(body, { maxOutputLength: MAX_BATCH_BYTES })).toString('utf8');
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw errBatchTooLarge(`the batch unzips to more than ${MAX_BATCH_BYTES} bytes`, {
        cause,
        hint: 'send smaller batches',
      });
    }
    throw errBatchInvalid('the body is not valid gzip', {
      cause,
      hint: 'compress the NDJSON with gzip, or leave content-encoding out',
    });
  }
}

/** Counted before anything is made of the lines. */
function hasMoreLinesThan(text: string, limit: number): boolean {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1 && lines <= limit; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines > limit;
}

function resultOf(error: unknown, reply: FastifyReply): BatchResult {
  const statusCode = isTollgateError(error) ? error.statusCode : 500;
  if (statusCode < 500) return 'invalid';
  reply.header('retry-after', RETRY_AFTER_SECONDS);
  return 'unavailable';
}
