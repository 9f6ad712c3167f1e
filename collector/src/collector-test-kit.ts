// A whole collector on a fresh data directory and an embedded engine, with calls to send to it, for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BATCH_ID_HEADER, INGEST_PATH, REPLAY_HEADER } from '@tollgate/contract';
import { type Clock, systemClock } from '@tollgate/service-kit/clock';
import { createLogger } from '@tollgate/service-kit/logger';
import { CollectorConfig } from './config.ts';
import { startCollector } from './start-collector.ts';

export const ADMIN_TOKEN = 'admin-token-for-tests';
export const INGEST_TOKEN = 'ingest-token-for-tests';
export const BOOT_ID = '019a0000-0000-7000-8000-0000000000b0';

export interface TestCollector {
  readonly url: string;
  readonly dataDir: string;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  /** The parsed answer of a question below /api/v1. Throws on anything but 200. */
  readonly ask: (path: string) => Promise<unknown>;
  readonly send: (batch: TestBatch) => Promise<Response>;
  readonly stop: () => Promise<void>;
}

export interface TestBatch {
  readonly id: string;
  readonly lines: readonly object[];
  readonly replay?: boolean;
  readonly token?: string;
}

export async function startTestCollector(
  settings: Record<string, unknown> = {},
  { clock = systemClock, budgets = [] }: { readonly clock?: Clock; readonly budgets?: unknown } = {},
): Promise<TestCollector> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-collector-'));
  const config = CollectorConfig.parse({
    collector: { port: 0, dataDir, adminToken: ADMIN_TOKEN, ingestToken: INGEST_TOKEN, ...settings },
    budgets,
  });
  const collector = await startCollector({
    config,
    dashboardDir: join(dataDir, 'no-dashboard'),
    version: '0.0.0-test',
    clock,
    log: createLogger({ name: 'test', level: 'error' }),
  });
  const url = collector.ready['url'] ?? '';
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers } });
  return {
    url,
    dataDir,
    get,
    ask: async (path) => {
      const answer = await get(`/api/v1/${path}`);
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text}`);
      return JSON.parse(text);
    },
    send: ({ id, lines, replay = false, token = INGEST_TOKEN }) =>
      fetch(`${url}${INGEST_PATH}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/x-ndjson',
          [BATCH_ID_HEADER]: id,
          ...(replay ? { [REPLAY_HEADER]: '1' } : {}),
        },
        body: lines.map((line) => JSON.stringify(line)).join('\n'),
      }),
    stop: async () => {
      await collector.stop();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** A well-answered call to gpt-4o-mini; its id follows from its number. */
export function callEvent(seq: number, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    kind: 'llm_call',
    call_id: `019a0000-0000-7000-8000-${seq.toString(16).padStart(12, '0')}`,
    sidecar_id: 'sidecar-1',
    boot_id: BOOT_ID,
    seq,
    started_at: '2026-05-01T12:00:00.000001Z',
    team: 'search',
    provider: 'openai',
    upstream: 'openai',
    api: 'openai.chat_completions',
    requested_model: 'gpt-4o-mini',
    stream: false,
    status: 200,
    outcome: 'ok',
    usage_source: 'reported',
    duration_ms: 100,
    ...fields,
  };
}
