// Every migration of the ClickHouse schema, in order. Add at the end; never edit or remove one that was released.
import type { Migration } from '../storage/migration-runner.ts';
import { llmCallsMigration } from './0001-llm-calls.ts';
import { spendRollupsMigration } from './0002-spend-rollups.ts';
import { latencyRollupsMigration } from './0003-latency-rollups.ts';
import { completenessMigration } from './0004-completeness.ts';
import { findingsGpusQuarantineMigration } from './0005-findings-gpus-quarantine.ts';
import { auditLogMigration } from './0006-audit-log.ts';
import { loadTestsMigration } from './0007-load-tests.ts';
import { callMethodMigration } from './0008-call-method.ts';

export const eventsMigrations: readonly Migration[] = [
  llmCallsMigration,
  spendRollupsMigration,
  latencyRollupsMigration,
  completenessMigration,
  findingsGpusQuarantineMigration,
  auditLogMigration,
  loadTestsMigration,
  callMethodMigration,
];
