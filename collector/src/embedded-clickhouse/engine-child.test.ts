import { afterEach, expect, it } from 'vitest';
import { startEngineChild } from './engine-child.ts';

const node = process.execPath;
afterEach(() => {
  process.execPath = node;
});

it('says why the system refused the process', async () => {
  process.execPath = '/no/such/node';
  const options = {
    dataDir: '/nowhere',
    database: 'tollgate',
    accounts: [],
    port: 0,
    limits: { maxExecutionSeconds: 1, maxMemoryBytes: 1, maxResultRows: 1 },
    maxConcurrentQueries: 1,
    maxConcurrentInserts: 1,
    maxQueued: 1,
    maxWaitMs: 1,
    maxInsertBytes: 1,
    maxServerMemoryBytes: 1,
    lockWaitMs: 1,
    logLevel: 'silent',
  };
  await expect(startEngineChild(options, 5_000)).rejects.toMatchObject({
    code: 'TG_ENGINE_START_FAILED',
    message: expect.stringContaining('ENOENT'),
  });
});
