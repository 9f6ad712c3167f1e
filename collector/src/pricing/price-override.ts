// Prices from the configuration: they stand above the catalogue, meter by meter. The only way to price a self-hosted model.
import { createHash } from 'node:crypto';
import { Provider } from '@tollgate/contract';
import { z } from 'zod';
import type { NewModelPrice } from './catalogue-rows.ts';
import { BUCKET_METERS, pricingTier } from './meter.ts';
import { normaliseModelName } from './model-pattern.ts';

const METER_NAMES: readonly string[] = [...Object.values(BUCKET_METERS), 'request'];

const PriceFields = z.strictObject({
  /** Tollgate's provider name, or `*` for any. Another would never match a call. */
  provider: z.enum([...Provider.options, '*']).default('*'),
  /** The model's name; `*` stands for any characters. */
  model: z.string().min(1).transform(normaliseModelName),
  /** `input`, `cache_read`, `cache_write_5m`, `cache_write_1h`, `input_audio`, `input_image`, `output`, `reasoning`, `output_audio`, `output_image`, `request`, or `tool:<name>`. */
  meter: z.string().refine((name) => METER_NAMES.includes(name) || /^tool:[a-z0-9_]+$/.test(name), {
    message: `must be one of ${METER_NAMES.join(', ')} or tool:<name>`,
  }),
  /** Decimal text: floating-point numbers cannot hold every price. */
  unitPriceUsd: z.union([
    z.string().regex(/^\d{1,12}(\.\d{1,12})?$/, 'must be a plain decimal with at most 12 fraction digits'),
    z.int().nonnegative().transform(String),
  ]),
  /** How many units the price is for: 1,000,000 tokens unless said otherwise. */
  perUnits: z.int().positive().default(1_000_000),
  /** Service tier served, by any of the names that providers give it. */
  tier: z.string().min(1).default('standard').transform(pricingTier),
  /** The price holds for requests with more input tokens than this; shorter ones keep the next price below, the catalogue's at last. */
  contextAboveTokens: z.int().nonnegative().default(0),
  validFrom: z.iso.datetime().optional(),
  validTo: z.iso.datetime().optional(),
  /** Where the price comes from: a contract's number, an address. */
  source: z.string().max(512).default('configuration'),
});
export const PriceOverride = PriceFields.refine(
  ({ validFrom, validTo }) =>
    validFrom === undefined || validTo === undefined || Date.parse(validFrom) < Date.parse(validTo),
  { path: ['validTo'], message: 'must be later than validFrom: the price would never hold' },
);
export type PriceOverride = z.output<typeof PriceOverride>;

/** Names a list of overrides by its content, so that a changed price is a new version. */
export function overrideVersion(overrides: readonly PriceOverride[]): string {
  return `override@${createHash('sha256').update(JSON.stringify(overrides)).digest('hex').slice(0, 12)}`;
}

export function overrideRows(overrides: readonly PriceOverride[], checkedAt: string): NewModelPrice[] {
  const version = overrideVersion(overrides);
  const groups = overrides.map(priceKey);
  const superseded = new Set(duplicateOverrides(overrides));
  return overrides
    .map((price, index) => ({ price, index }))
    .filter(({ index }) => !superseded.has(index))
    .map(({ price, index }) => ({
      version,
      layer: 'override',
      provider: price.provider,
      model: price.model,
      model_pattern: JSON.stringify({ glob: price.model }),
      model_order: groups.lastIndexOf(groups[index] ?? ''),
      variant: 0,
      meter: price.meter,
      tier: price.tier,
      context_above_tokens: price.contextAboveTokens,
      region: '',
      valid_from: price.validFrom ?? null,
      valid_to: price.validTo ?? null,
      day_window_start: null,
      day_window_end: null,
      unit_price_usd: price.unitPriceUsd,
      per_units: price.perUnits,
      source: price.source,
      checked_at: checkedAt,
    }));
}

/** Steps of one price by context length share a key; later keys win over earlier ones. */
function priceKey(price: PriceOverride): string {
  return JSON.stringify([
    price.provider,
    price.model,
    price.meter,
    price.tier,
    price.validFrom,
    price.validTo,
  ]);
}

/** The entries that a later one of the same price makes idle. */
export function duplicateOverrides(overrides: readonly PriceOverride[]): number[] {
  const newest = new Map<string, number>();
  return overrides.flatMap((price, index) => {
    const key = `${priceKey(price)} ${price.contextAboveTokens}`;
    const earlier = newest.get(key);
    newest.set(key, index);
    return earlier === undefined ? [] : [earlier];
  });
}
