// Brings the collector up in order (stores, prices, HTTP) and takes it down in reverse. Reads no environment.
import { join } from 'node:path';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { RunningService } from '@tollgate/service-kit/run-service';
import { Registry } from 'prom-client';
import { tokenOf } from './access/token-file.ts';
import { createApp } from './app.ts';
import { createAuditLog } from './audit/audit-log.ts';
import { auditConfiguration } from './audit/config-audit.ts';
import type { CollectorConfig, RetentionConfig } from './config.ts';
import { createEmbeddedClickHouse } from './embedded-clickhouse/embedded-clickhouse.ts';
import { eventsMigrations } from './migrations/events-migrations.ts';
import { BUNDLED_MODEL_PRICES } from './pricing/bundled-model-prices.ts';
import { createPriceBook } from './pricing/price-book.ts';
import { loadPrices } from './pricing/price-table.ts';
import { createBatchLedger } from './storage/batch-ledger.ts';
import { createChangeFeed } from './storage/change-feed.ts';
import { type ControlStore, createControlStore } from './storage/control-store.ts';
import { writeEndpointFile } from './storage/endpoint-file.ts';
import { createEventsStore, type EventsStore } from './storage/events-store.ts';
import { migrateEvents } from './storage/migrate-events.ts';
import { createRetentionSweep } from './storage/retention-sweep.ts';
import { createStoreReadiness } from './storage/store-readiness.ts';

export interface StartCollectorOptions {
  readonly config: CollectorConfig;
  readonly dashboardDir: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A batch's first answer is remembered this long. */
const LEDGER_DAYS = 30;

export async function startCollector(options: StartCollectorOptions): Promise<RunningService> {
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return { ready: await start(options, (close) => closers.push(close)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  { config, dashboardDir, version, clock, log }: StartCollectorOptions,
  onStop: (close: () => Promise<unknown>) => void,
): Promise<Record<string, string>> {
  const { collector } = config;
  const dataDir = join(collector.dataDir, 'collector');
  const control = await openControlStore(collector, dataDir, { clock, log });
  onStop(() => control.close());
  const events = await openEventsStore(collector, { dataDir, log, onStop });
  const readiness = createStoreReadiness({
    events,
    log,
    prepare: () => migrateEvents({ events, control, migrations: eventsMigrations, clock, log }),
  });
  await readiness.start();
  onStop(() => readiness.stop());
  const prices = createPriceBook(
    await loadPrices({ control, overrides: [...BUNDLED_MODEL_PRICES, ...collector.prices], clock }),
  );
  const ledger = createBatchLedger({ control, clock });
  await ledger.forgetOlderThan(LEDGER_DAYS);
  const sweep = createRetentionSweep({ events, keepDays: keepDays(collector.retention), clock, log });
  sweep.start();
  onStop(async () => sweep.stop());
  const audit = await createAuditLog({ control, events, clock, log });
  onStop(() => audit.stop());
  await auditConfiguration({ audit, events, log, config, version });
  const registry = new Registry();
  const app = await createApp({
    events,
    readiness,
    ledger,
    prices,
    budgets: config.budgets,
    audit,
    auditDerivation: collector.auditDerivation,
    changes: createChangeFeed(),
    registry,
    adminToken: tokenOf(collector.adminToken, join(collector.dataDir, 'admin-token')),
    ingestToken: tokenOf(collector.ingestToken, join(collector.dataDir, 'ingest-token')),
    maxConcurrentBatches: collector.ingest.maxConcurrentBatches,
    retention: collector.retention,
    dashboardDir,
    version,
    clock,
    log,
  });
  onStop(() => app.close());
  const url = await app.listen({ host: collector.host, port: collector.port });
  return { url };
}

function openControlStore(
  collector: CollectorConfig['collector'],
  dataDir: string,
  deps: { readonly clock: Clock; readonly log: Logger },
): Promise<ControlStore> {
  const { controlDatabaseUrl } = collector;
  const location =
    controlDatabaseUrl === undefined
      ? { sqliteFile: join(dataDir, 'control.db') }
      : { postgresUrl: controlDatabaseUrl };
  return createControlStore({ location, ...deps });
}

async function openEventsStore(
  collector: CollectorConfig['collector'],
  deps: {
    readonly dataDir: string;
    readonly log: Logger;
    readonly onStop: (close: () => Promise<unknown>) => void;
  },
): Promise<EventsStore> {
  const { url, username, password, database } = collector.clickhouse;
  const queryTimeoutMs = collector.query.timeoutMs;
  let connection = { url: url ?? '', username, password };
  if (url === undefined) {
    const embedded = await createEmbeddedClickHouse({
      dataDir: join(deps.dataDir, 'events'),
      log: deps.log,
      database,
    });
    deps.onStop(() => embedded.stop());
    writeEndpointFile(join(deps.dataDir, 'events-endpoint.json'), embedded);
    connection = embedded;
  }
  const events = createEventsStore({
    url: connection.url,
    username: connection.username,
    password: connection.password,
    database,
    queryTimeoutMs,
  });
  deps.onStop(() => events.close());
  return events;
}

function keepDays(retention: RetentionConfig): Record<string, number> {
  return {
    llm_calls: retention.callsDays,
    filter_findings: retention.findingsDays,
    gpu_samples: retention.gpuSamplesDays,
    rejected_lines: retention.rejectedLinesDays,
    spend_hourly: retention.hourlyRollupsDays,
    latency_hourly: retention.hourlyRollupsDays,
    spend_daily: retention.dailyRollupsDays,
    latency_daily: retention.dailyRollupsDays,
  };
}
