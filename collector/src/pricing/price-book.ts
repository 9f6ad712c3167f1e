// The prices in force, compiled for lookups in microseconds: which price points hold for this model, meter, tier and time.
import { parseUsd } from '@tollgate/contract';
import type { Meter } from './meter.ts';
import {
  compilePattern,
  ModelPattern,
  type ModelTest,
  normaliseModelName,
  withDashedDate,
} from './model-pattern.ts';
import type { ModelPrice } from './price-table.ts';

export interface PricePoint {
  readonly aboveTokens: number;
  readonly unitPricePicoUsd: bigint;
  readonly perUnits: bigint;
  readonly version: string;
}

export interface PriceQuestion {
  readonly meter: Meter;
  readonly tier: string;
  readonly atMs: number;
  /** Of the whole prompt: what context steps are measured by. */
  readonly inputTokens: number;
}

export interface PricedModel {
  /** Undefined when the meter has no price at that time for a prompt of that length. */
  readonly point: (question: PriceQuestion) => PricePoint | undefined;
}

export interface PriceBook {
  /**
   * The prices of the first of `names` that the catalogue knows, below the overrides of the names up to there: an override
   * never changes which model of the catalogue is meant. Undefined when no price knows any of the names.
   */
  readonly find: (provider: string, names: readonly string[]) => PricedModel | undefined;
}

interface Variant {
  readonly fromMs: number;
  readonly toMs: number;
  readonly dayWindow: readonly [number, number] | undefined;
  readonly constrained: boolean;
  /** By meter and tier, in ascending order of `aboveTokens`. */
  readonly points: Map<string, PricePoint[]>;
}

interface Entry {
  readonly test: ModelTest;
  readonly variants: Variant[];
}

interface ProviderPrices {
  readonly overrides: Entry[];
  readonly catalogue: Entry[];
}

/** The prices that know one name: overrides, the strongest first, and the catalogue's. */
interface NamePrices {
  readonly overrides: readonly Entry[];
  readonly catalogue: Entry | undefined;
}

const MAX_CACHED_MODELS = 10_000;

/** Compiles price rows; they must come ordered by provider, model order, variant and context. */
export function createPriceBook(rows: readonly ModelPrice[]): PriceBook {
  const providers = compileProviders(rows);
  const anyProvider = providers.get('*');
  const cache = new Map<string, NamePrices>();
  const lookUp = (provider: string, name: string): NamePrices => {
    const normal = normaliseModelName(name);
    const own = providers.get(provider);
    const overrides = [...(anyProvider?.overrides ?? []), ...(own?.overrides ?? [])];
    return {
      overrides: overrides.filter((entry) => entry.test(normal)).reverse(),
      catalogue: matchCatalogue(own?.catalogue ?? [], normal),
    };
  };
  const pricesOf = (provider: string, name: string): NamePrices => {
    const key = `${provider}\u0000${name}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    if (cache.size >= MAX_CACHED_MODELS) cache.clear();
    const found = lookUp(provider, name);
    cache.set(key, found);
    return found;
  };
  return {
    find: (provider, names) => {
      const overrides: Entry[] = [];
      for (const name of names) {
        if (name === '') continue;
        const found = pricesOf(provider, name);
        overrides.push(...found.overrides);
        if (found.catalogue !== undefined) return pricedModel(overrides, found.catalogue);
      }
      return overrides.length === 0 ? undefined : pricedModel(overrides, undefined);
    },
  };
}

/** An override that begins at a context step leaves shorter prompts to the next price below it. */
function pricedModel(overrides: readonly Entry[], catalogue: Entry | undefined): PricedModel {
  return {
    point: (question) => {
      for (const entry of overrides) {
        const variant = entry.variants.find((each) => holds(each, question.atMs));
        const point = variant === undefined ? undefined : pointOf(variant, question);
        if (point !== undefined) return point;
      }
      if (catalogue === undefined) return undefined;
      const { variants } = catalogue;
      const variant = variants.findLast((each) => holds(each, question.atMs)) ?? variants[0];
      return variant === undefined ? undefined : pointOf(variant, question);
    },
  };
}

/** The last point whose threshold the whole prompt exceeds. */
function pointOf({ points }: Variant, { meter, tier, inputTokens }: PriceQuestion): PricePoint | undefined {
  return points
    .get(pointKey(meter, tier))
    ?.findLast(({ aboveTokens }) => aboveTokens === 0 || inputTokens > aboveTokens);
}

function matchCatalogue(entries: readonly Entry[], name: string): Entry | undefined {
  const direct = entries.find((entry) => entry.test(name));
  if (direct !== undefined) return direct;
  const dashed = withDashedDate(name);
  return dashed === name ? undefined : entries.find((entry) => entry.test(dashed));
}

function compileProviders(rows: readonly ModelPrice[]): Map<string, ProviderPrices> {
  const providers = new Map<string, ProviderPrices>();
  const entries = new Map<string, { entry: Entry; variants: Map<number, Variant> }>();
  for (const row of rows) {
    const entryKey = [row.version, row.provider, row.model_order].join('\u0000');
    let known = entries.get(entryKey);
    if (known === undefined) {
      const test = compilePattern(ModelPattern.parse(JSON.parse(row.model_pattern)));
      known = { entry: { test, variants: [] }, variants: new Map() };
      entries.set(entryKey, known);
      const prices = providers.get(row.provider) ?? { overrides: [], catalogue: [] };
      providers.set(row.provider, prices);
      (row.layer === 'override' ? prices.overrides : prices.catalogue).push(known.entry);
    }
    let variant = known.variants.get(row.variant);
    if (variant === undefined) {
      variant = compileVariant(row);
      known.variants.set(row.variant, variant);
      known.entry.variants.push(variant);
    }
    const key = pointKey(row.meter, row.tier);
    const points = variant.points.get(key) ?? [];
    variant.points.set(key, points);
    points.push({
      aboveTokens: row.context_above_tokens,
      unitPricePicoUsd: parseUsd(row.unit_price_usd),
      perUnits: BigInt(row.per_units),
      version: row.version,
    });
  }
  return providers;
}

function compileVariant(row: ModelPrice): Variant {
  const dayWindow =
    row.day_window_start === null || row.day_window_end === null
      ? undefined
      : ([secondsOfDay(row.day_window_start), secondsOfDay(row.day_window_end)] as const);
  return {
    fromMs: row.valid_from === null ? Number.NEGATIVE_INFINITY : Date.parse(row.valid_from),
    toMs: row.valid_to === null ? Number.POSITIVE_INFINITY : Date.parse(row.valid_to),
    dayWindow,
    constrained: row.valid_from !== null || row.valid_to !== null || dayWindow !== undefined,
    points: new Map(),
  };
}

function holds(variant: Variant, atMs: number): boolean {
  if (!variant.constrained) return true;
  if (atMs < variant.fromMs || atMs >= variant.toMs) return false;
  if (variant.dayWindow === undefined) return true;
  const [start, end] = variant.dayWindow;
  const second = (atMs % 86_400_000) / 1000;
  return end < start ? second >= start || second < end : second >= start && second < end;
}

function pointKey(meter: string, tier: string): string {
  return `${meter}@${tier}`;
}

/** `HH:MM:SSZ` as seconds since midnight. */
function secondsOfDay(text: string): number {
  const match = /^(\d{2}):(\d{2}):(\d{2})Z$/.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a time of day in UTC such as 16:30:00Z`);
  const [, hours, minutes, seconds] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
