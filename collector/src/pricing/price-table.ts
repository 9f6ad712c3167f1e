// The price table in the control store: seeds each version once and loads those in force. A version is never rewritten.
import type { Clock } from '@tollgate/service-kit/clock';
import type { Selectable } from 'kysely';
import type { ModelPriceRow } from '../storage/control-schema.ts';
import type { ControlStore } from '../storage/control-store.ts';
import { CATALOGUE_VERSION, catalogueRows, type NewModelPrice } from './catalogue-rows.ts';
import { overrideRows, overrideVersion, type PriceOverride } from './price-override.ts';

export type ModelPrice = Selectable<ModelPriceRow>;

export interface LoadPricesOptions {
  readonly control: ControlStore;
  readonly overrides: readonly PriceOverride[];
  readonly clock: Clock;
}

const ROWS_A_STATEMENT = 500;

/** Seeds the catalogue and the configured overrides where their versions are new, and returns the prices in force. */
export async function loadPrices({ control, overrides, clock }: LoadPricesOptions): Promise<ModelPrice[]> {
  const checkedAt = new Date(clock.nowMicros() / 1000).toISOString();
  const versions = [CATALOGUE_VERSION, ...(overrides.length === 0 ? [] : [overrideVersion(overrides)])];
  await control.withLock({ name: 'price-seed', holdMs: 5_000, waitMs: 60_000 }, async () => {
    await seed(control, CATALOGUE_VERSION, () => catalogueRows(checkedAt));
    if (overrides.length > 0) {
      await seed(control, overrideVersion(overrides), () => overrideRows(overrides, checkedAt));
    }
  });
  return control.db
    .selectFrom('model_prices')
    .selectAll()
    .where('version', 'in', versions)
    .orderBy('provider')
    .orderBy('model_order')
    .orderBy('variant')
    .orderBy('context_above_tokens')
    .execute();
}

async function seed(control: ControlStore, version: string, rows: () => NewModelPrice[]): Promise<void> {
  const present = await control.db
    .selectFrom('model_prices')
    .select('id')
    .where('version', '=', version)
    .limit(1)
    .executeTakeFirst();
  if (present !== undefined) return;
  const all = rows();
  await control.db.transaction().execute(async (transaction) => {
    for (let start = 0; start < all.length; start += ROWS_A_STATEMENT) {
      await transaction
        .insertInto('model_prices')
        .values(all.slice(start, start + ROWS_A_STATEMENT))
        .execute();
    }
  });
}
