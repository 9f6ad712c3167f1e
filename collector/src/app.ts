// Wires the collector's HTTP side: headers, errors, who may ask, and one line for each group of routes. Starts nothing.
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import { createAdminAccess } from './access/admin-access.ts';
import { sessionRoutes } from './access/session-routes.ts';
import { apiDocs } from './api-docs.ts';
import { auditAccess } from './audit/access-audit.ts';
import type { AuditLog } from './audit/audit-log.ts';
import { auditRoutes } from './audit/audit-routes.ts';
import { registerCollectorMetrics } from './collector-metrics.ts';
import type { RetentionConfig } from './config.ts';
import { dashboardFiles } from './dashboard-files.ts';
import { answerErrors } from './error-answer.ts';
import { type Budget, createBudgetBook } from './governance/budget-book.ts';
import { registerBudgetGauges } from './governance/budget-gauges.ts';
import { governanceRoutes } from './governance/governance-routes.ts';
import { createBatchStore } from './ingest/batch-store.ts';
import type { DeriveAuditEventsOptions } from './ingest/derive-audit-events.ts';
import { createIngestMetrics } from './ingest/ingest-metrics.ts';
import { ingestRoutes } from './ingest/ingest-routes.ts';
import { loadTestRoutes } from './load-tests/load-test-routes.ts';
import { createLoadTestStore } from './load-tests/load-test-store.ts';
import { operationsRoutes } from './operations-routes.ts';
import type { PriceBook } from './pricing/price-book.ts';
import { queryRoutes } from './query/query-routes.ts';
import { createRangeGuard } from './query/range-guard.ts';
import type { BatchLedger } from './storage/batch-ledger.ts';
import type { ChangeFeed } from './storage/change-feed.ts';
import type { EventsStore } from './storage/events-store.ts';
import type { StoreReadiness } from './storage/store-readiness.ts';

export interface AppDeps {
  readonly events: EventsStore;
  readonly readiness: StoreReadiness;
  readonly ledger: BatchLedger;
  readonly prices: PriceBook;
  readonly budgets: readonly Budget[];
  readonly audit: AuditLog;
  readonly auditDerivation: DeriveAuditEventsOptions;
  readonly changes: ChangeFeed;
  readonly registry: Registry;
  readonly adminToken: string;
  readonly ingestToken: string;
  readonly maxConcurrentBatches: number;
  /** Days that single calls and hourly sums are kept. */
  readonly retention: Pick<RetentionConfig, 'callsDays' | 'hourlyRollupsDays'>;
  /** The built dashboard. */
  readonly dashboardDir: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export async function createApp(deps: AppDeps): Promise<FastifyInstance> {
  const app = Fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerErrors(app, deps.log);
  await app.register(helmet, {
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    frameguard: { action: 'deny' },
  });
  await app.register(rateLimit, { global: false });
  registerCollectorMetrics(deps);
  await app.register(apiDocs(deps.version));
  await app.register(operationsRoutes(deps));
  await app.register(async (scope) => {
    auditAccess(scope, deps);
    await scope.register(ingest(deps));
  });
  await app.register(api(deps), { prefix: '/api/v1' });
  await app.register(dashboardFiles(deps.dashboardDir));
  return app;
}

/** The dashboard's widgets set inline styles; scripts come from our own files alone, and nothing from elsewhere. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

function ingest(deps: AppDeps) {
  const metrics = createIngestMetrics(deps.registry);
  const batches = createBatchStore({ ...deps, metrics });
  return ingestRoutes({
    ingestToken: deps.ingestToken,
    maxConcurrentBatches: deps.maxConcurrentBatches,
    monotonicMs: deps.clock.monotonicMs,
    metrics,
    store: {
      store: async (batch) => {
        deps.readiness.require();
        return batches.store(batch);
      },
    },
  });
}

/** Everything below /api/v1. Whoever may not ask gets no further than the session routes. */
function api(deps: AppDeps) {
  const access = createAdminAccess(deps.adminToken, deps.clock);
  const budgets = createBudgetBook(deps);
  registerBudgetGauges({ ...deps, book: budgets });
  return async (root: FastifyInstance): Promise<void> => {
    await root.register(sessionRoutes({ ...deps, access }));
    await root.register(async (guarded) => {
      auditAccess(guarded, deps);
      guarded.addHook('onRequest', async (request) => {
        access.require(request);
        deps.readiness.require();
      });
      await guarded.register(
        queryRoutes({ ...deps, rangeGuard: createRangeGuard({ ...deps, ...deps.retention }) }),
      );
      await guarded.register(governanceRoutes({ events: deps.events, budgets }));
      await guarded.register(auditRoutes(deps));
      await guarded.register(loadTestRoutes(createLoadTestStore(deps.events)));
    });
  };
}
