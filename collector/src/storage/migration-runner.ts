// Numbered migrations, for either store: each runs once, its checksum is kept, and a changed or missing one stops the start.
import { createHash } from 'node:crypto';
import { defineError } from '@tollgate/service-kit/tollgate-error';

const errMigrationChanged = defineError('TG_MIGRATION_CHANGED', 500);

export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly id: number;
  readonly name: string;
  /** Run in order. Each must bear a second run, since a crash may come between two of them. */
  readonly statements: readonly string[];
}

export interface AppliedMigration {
  readonly id: number;
  readonly name: string;
  readonly checksum: string;
}

/** Where a store keeps what ran. */
export interface MigrationLedger {
  readonly applied: () => Promise<readonly AppliedMigration[]>;
  readonly apply: (migration: Migration, checksum: string) => Promise<void>;
}

export function migrationChecksum(migration: Migration): string {
  return createHash('sha256')
    .update(JSON.stringify([migration.name, migration.statements]))
    .digest('hex');
}

/** Applies what is new, in order, and returns the ids that ran. The caller holds the lock. Throws TG_MIGRATION_CHANGED. */
export async function runMigrations(
  migrations: readonly Migration[],
  ledger: MigrationLedger,
): Promise<number[]> {
  const applied = new Map((await ledger.applied()).map((entry) => [entry.id, entry]));
  for (const entry of applied.values()) {
    const known = migrations.find((migration) => migration.id === entry.id);
    if (known !== undefined && migrationChecksum(known) === entry.checksum) continue;
    throw errMigrationChanged(
      known === undefined
        ? `migration ${entry.id} (${entry.name}) was applied by another version and is unknown here`
        : `migration ${entry.id} (${entry.name}) was changed after it had been applied`,
      {
        hint: 'run the version of Tollgate that wrote this data, or a newer one; never edit an applied migration',
      },
    );
  }
  const ran: number[] = [];
  for (const migration of [...migrations].sort((a, b) => a.id - b.id)) {
    if (applied.has(migration.id)) continue;
    await ledger.apply(migration, migrationChecksum(migration));
    ran.push(migration.id);
  }
  return ran;
}
