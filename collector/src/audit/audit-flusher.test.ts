import { createLogger } from '@tollgate/service-kit/logger';
import { expect, it } from 'vitest';
import { createAuditFlusher } from './audit-flusher.ts';

it('stops in time when the store never answers', async () => {
  let asked = 0;
  const flusher = createAuditFlusher({
    outbox: {
      append: async () => 0,
      head: async () => ({ nextSeq: 1, headHash: '' }),
      nextChunk: async () => ({ firstSeq: 0, lastSeq: 0, records: [] }),
      done: async () => {},
      pending: async () => 1,
      forgetBatchesOlderThan: async () => {},
    },
    events: {
      insert: () => {
        asked += 1;
        return new Promise(() => {});
      },
    },
    log: createLogger({ name: 'test', level: 'silent' }),
    stopMs: 10,
  });
  await flusher.stop();
  expect(asked).toBe(1);
});
