// The collector's settings: one schema, defaults that work on one machine, every problem reported with its path.
import { LOG_LEVELS } from '@tollgate/service-kit/logger';
import { z } from 'zod';
import { Budget } from './governance/budget-book.ts';
import { duplicateOverrides, PriceOverride } from './pricing/price-override.ts';

const days = z.coerce.number().int().min(1).max(36_500);
const token = z.string().min(16, 'must have at least 16 characters');

const ClickHouseConfig = z.strictObject({
  /** A ClickHouse server; the embedded engine when absent. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  username: z.string().default('default'),
  password: z.string().default(''),
  database: z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/, 'must be a plain name')
    .default('tollgate'),
});

/**
 * Days that rows are kept; whole partitions are dropped, so rows live up to a day (rollups: a month) longer. Sums are kept
 * as long as what they sum at least, whatever is set: whole hours and days are read from them alone.
 */
const RetentionConfig = z
  .strictObject({
    callsDays: days.default(90),
    findingsDays: days.default(90),
    gpuSamplesDays: days.default(30),
    rejectedLinesDays: days.default(30),
    hourlyRollupsDays: days.default(400),
    dailyRollupsDays: days.default(3_660),
  })
  .transform((set) => {
    const hourlyRollupsDays = Math.max(set.hourlyRollupsDays, set.callsDays);
    return { ...set, hourlyRollupsDays, dailyRollupsDays: Math.max(set.dailyRollupsDays, hourlyRollupsDays) };
  });
export type RetentionConfig = z.infer<typeof RetentionConfig>;

const CollectorSection = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Everything is kept below it. */
  dataDir: z.string().min(1).default('.tollgate'),
  /** For the query API and the dashboard. Generated and kept in the data directory when absent. */
  adminToken: token.optional(),
  /** For sidecars. Generated and kept in the data directory when absent. */
  ingestToken: token.optional(),
  clickhouse: ClickHouseConfig.prefault({}),
  /** PostgreSQL for the control store; SQLite in the data directory when absent. */
  controlDatabaseUrl: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  retention: RetentionConfig.prefault({}),
  /** Prices above the catalogue; the only way to price a self-hosted model. */
  prices: z
    .array(PriceOverride)
    .default([])
    .superRefine((prices, context) => {
      for (const index of duplicateOverrides(prices)) {
        context.addIssue({
          code: 'custom',
          path: [index],
          message: 'is given again further down',
        });
      }
    }),
  /** Which audit events follow from other events. */
  auditDerivation: z
    .strictObject({ calls: z.boolean().default(true), findings: z.boolean().default(true) })
    .prefault({}),
  ingest: z
    .strictObject({ maxConcurrentBatches: z.coerce.number().int().min(1).max(256).default(8) })
    .prefault({}),
  query: z
    .strictObject({ timeoutMs: z.coerce.number().int().min(100).max(600_000).default(30_000) })
    .prefault({}),
});

export const CollectorConfig = z.object({
  collector: CollectorSection.prefault({}),
  budgets: z
    .array(Budget)
    .default([])
    .superRefine((budgets, context) => {
      const keys = budgets.map(({ name, team, period }) => JSON.stringify([name, team, period]));
      keys.forEach((key, index) => {
        if (keys.indexOf(key) < index) {
          // They would be one series in metrics and alerts.
          const message = 'is the name of another budget of this team and period';
          context.addIssue({ code: 'custom', path: [index, 'name'], message });
        }
      });
    }),
  log: z.strictObject({ level: z.enum(LOG_LEVELS).default('info') }).prefault({}),
});
export type CollectorConfig = z.infer<typeof CollectorConfig>;

export const COLLECTOR_SECTIONS = ['collector', 'budgets', 'log'] as const;

/** Environment variable to setting. */
export const COLLECTOR_ENV = {
  COLLECTOR_HOST: 'collector.host',
  COLLECTOR_PORT: 'collector.port',
  TOLLGATE_DATA_DIR: 'collector.dataDir',
  TOLLGATE_ADMIN_TOKEN: 'collector.adminToken',
  TOLLGATE_INGEST_TOKEN: 'collector.ingestToken',
  CLICKHOUSE_URL: 'collector.clickhouse.url',
  CLICKHOUSE_USER: 'collector.clickhouse.username',
  CLICKHOUSE_PASSWORD: 'collector.clickhouse.password',
  CLICKHOUSE_DATABASE: 'collector.clickhouse.database',
  CONTROL_DATABASE_URL: 'collector.controlDatabaseUrl',
  LOG_LEVEL: 'log.level',
} as const;
