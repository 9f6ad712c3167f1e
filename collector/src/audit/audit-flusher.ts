// Moves records from the outbox to the events store, each exactly once: the bounds of a chunk are kept before it is
// written, and the write carries them as its deduplication token.
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@tollgate/service-kit/logger';
import type { EventsStore } from '../storage/events-store.ts';
import type { ChainedRecord } from './audit-chain.ts';
import type { AuditOutbox } from './audit-outbox.ts';
import { canonicalJson } from './canonical-json.ts';

export interface AuditFlusherOptions {
  readonly outbox: AuditOutbox;
  readonly events: Pick<EventsStore, 'insert'>;
  readonly log: Logger;
  readonly maxChunkRecords?: number;
  /** How long records may wait for others to join them. */
  readonly lingerMs?: number;
  readonly retryMs?: number;
  /** How long `stop` waits for a store that does not answer. */
  readonly stopMs?: number;
}

export interface AuditFlusher {
  /** Says that there are records; they are written soon. */
  readonly wake: () => void;
  /** Writes everything that waits. Rejects with the store's error; what was not written stays in the outbox. */
  readonly flush: () => Promise<void>;
  /** Writes what waits, as far as the store lets it in time, and stops; the outbox keeps the rest for the next start. */
  readonly stop: () => Promise<void>;
}

export function createAuditFlusher(options: AuditFlusherOptions): AuditFlusher {
  const { log, lingerMs = 200, retryMs = 2_000, stopMs = 1_500 } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let failing = false;
  let stopped = false;

  const schedule = (delayMs: number): void => {
    if (stopped || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void flushQuietly();
    }, delayMs);
  };

  /** One flush at a time; a caller that comes later waits for a flush that began after it came. */
  const flush = async (): Promise<void> => {
    await running?.catch(() => undefined);
    running ??= flushAll(options).finally(() => {
      running = undefined;
    });
    return running;
  };

  const flushQuietly = async (): Promise<void> => {
    try {
      await flush();
      if (failing) log.info('audit.flush_resumed');
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ exception: error }, 'audit.flush_failed');
      failing = true;
      schedule(retryMs);
    }
  };

  return {
    wake: () => schedule(failing ? retryMs : lingerMs),
    flush,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      const lastFlush = flushQuietly();
      await Promise.race([lastFlush, delay(stopMs, undefined, { ref: false })]);
    },
  };
}

async function flushAll({ outbox, events, maxChunkRecords = 5_000 }: AuditFlusherOptions): Promise<void> {
  for (;;) {
    const chunk = await outbox.nextChunk(maxChunkRecords);
    if (chunk === undefined) return;
    await events.insert({
      table: 'audit_log',
      rows: chunk.records.map(auditRow),
      token: `audit:${chunk.firstSeq}-${chunk.lastSeq}`,
    });
    await outbox.done(chunk);
  }
}

function auditRow(record: ChainedRecord): Readonly<Record<string, unknown>> {
  return {
    ...record,
    // ClickHouse reads a time without its letters in every format setting.
    occurred_at: record.occurred_at.replace('T', ' ').slice(0, -1),
    details: canonicalJson(record.details),
  };
}
