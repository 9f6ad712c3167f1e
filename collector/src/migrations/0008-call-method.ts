// The HTTP method of a call: a GET that lists models is no unpriced inference.
import type { Migration } from '../storage/migration-runner.ts';

export const callMethodMigration: Migration = {
  id: 8,
  name: 'method of a call',
  statements: [
    "ALTER TABLE llm_calls ADD COLUMN IF NOT EXISTS method LowCardinality(String) DEFAULT 'POST' AFTER api",
  ],
};
