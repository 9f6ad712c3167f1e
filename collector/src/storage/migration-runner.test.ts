import { describe, expect, it } from 'vitest';
import {
  type AppliedMigration,
  type Migration,
  migrationChecksum,
  runMigrations,
} from './migration-runner.ts';

const first: Migration = { id: 1, name: 'one', statements: ['CREATE a'] };
const second: Migration = { id: 2, name: 'two', statements: ['CREATE b', 'CREATE c'] };

function createLedger(applied: AppliedMigration[] = []) {
  const ran: string[] = [];
  return {
    ran,
    applied: async () => applied,
    apply: async (migration: Migration, checksum: string) => {
      ran.push(migration.name);
      applied.push({ id: migration.id, name: migration.name, checksum });
    },
  };
}

describe('runMigrations', () => {
  it('applies in the order of the numbers, each once', async () => {
    const ledger = createLedger();
    expect(await runMigrations([second, first], ledger)).toEqual([1, 2]);
    expect(await runMigrations([first, second], ledger)).toEqual([]);
    expect(ledger.ran).toEqual(['one', 'two']);
  });

  it('applies only what is new', async () => {
    const ledger = createLedger([{ id: 1, name: 'one', checksum: migrationChecksum(first) }]);
    expect(await runMigrations([first, second], ledger)).toEqual([2]);
  });

  it('refuses to go on when an applied one was changed, and applies nothing', async () => {
    const ledger = createLedger([{ id: 1, name: 'one', checksum: migrationChecksum(first) }]);
    const changed = { ...first, statements: ['CREATE a2'] };
    await expect(runMigrations([changed, second], ledger)).rejects.toMatchObject({
      code: 'TG_MIGRATION_CHANGED',
    });
    expect(ledger.ran).toEqual([]);
  });

  it('refuses data written by a newer version', async () => {
    const ledger = createLedger([{ id: 9, name: 'nine', checksum: 'x' }]);
    await expect(runMigrations([first], ledger)).rejects.toThrow(/nine/);
  });

  it('stops at the first failure, so that the next start takes it up there', async () => {
    const ledger = createLedger();
    const failing = { ...ledger, apply: async () => Promise.reject(new Error('store down')) };
    await expect(runMigrations([first, second], failing)).rejects.toThrow('store down');
    expect(await runMigrations([first, second], ledger)).toEqual([1, 2]);
  });
});
