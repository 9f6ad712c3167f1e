// Turns the bundled price catalogue into rows of our own price table. Reads the package's data; never its remote updater.
import {
  type ConditionalPrice,
  findProvider,
  type ModelInfo,
  type TieredPrices,
} from '@pydantic/genai-prices';
import type { Provider } from '@tollgate/contract';
import type { Insertable } from 'kysely';
import type { ModelPriceRow } from '../storage/control-schema.ts';
import type { Meter } from './meter.ts';

/** The installed version of `@pydantic/genai-prices`: a test holds it against the package. */
export const CATALOGUE_VERSION = 'genai-prices@0.1.8';

/** Providers as the catalogue names them. Those that bill nothing by the token are absent: their operators name a price. */
const CATALOGUE_PROVIDERS: Readonly<Partial<Record<Provider, string>>> = {
  openai: 'openai',
  azure: 'azure',
  anthropic: 'anthropic',
  google: 'google',
  vertex: 'google',
  bedrock: 'aws',
  mistral: 'mistral',
  groq: 'groq',
  deepseek: 'deepseek',
  xai: 'x-ai',
  cohere: 'cohere',
  openrouter: 'openrouter',
  together: 'together',
  fireworks: 'fireworks',
  perplexity: 'perplexity',
  cerebras: 'cerebras',
};

const METERS: Readonly<Record<string, { readonly meter: Meter; readonly perUnits: number }>> = {
  input_mtok: { meter: 'input', perUnits: 1_000_000 },
  cache_read_mtok: { meter: 'cache_read', perUnits: 1_000_000 },
  cache_write_mtok: { meter: 'cache_write_5m', perUnits: 1_000_000 },
  cache_write_1h_mtok: { meter: 'cache_write_1h', perUnits: 1_000_000 },
  input_audio_mtok: { meter: 'input_audio', perUnits: 1_000_000 },
  input_image_mtok: { meter: 'input_image', perUnits: 1_000_000 },
  output_mtok: { meter: 'output', perUnits: 1_000_000 },
  output_reasoning_mtok: { meter: 'reasoning', perUnits: 1_000_000 },
  output_audio_mtok: { meter: 'output_audio', perUnits: 1_000_000 },
  output_image_mtok: { meter: 'output_image', perUnits: 1_000_000 },
  requests_kcount: { meter: 'request', perUnits: 1_000 },
  web_searches_kcount: { meter: 'tool:web_search', perUnits: 1_000 },
  storage_searches_kcount: { meter: 'tool:file_search', perUnits: 1_000 },
};

export type NewModelPrice = Insertable<ModelPriceRow>;

/** All prices of the catalogue for the providers that Tollgate knows. `checkedAt` is when they were taken over. */
export function catalogueRows(checkedAt: string): NewModelPrice[] {
  const rows: NewModelPrice[] = [];
  for (const [provider, catalogueId] of Object.entries(CATALOGUE_PROVIDERS)) {
    const own = findProvider({ providerId: catalogueId });
    if (own === undefined) continue;
    const fallbacks = (own.fallback_model_providers ?? []).flatMap(
      (id) => findProvider({ providerId: id })?.models ?? [],
    );
    const source = own.pricing_urls?.[0] ?? CATALOGUE_VERSION;
    [...own.models, ...fallbacks].forEach((model, order) => {
      rows.push(...modelRows({ provider, model, order, source, checkedAt }));
    });
  }
  return rows;
}

interface ModelOfProvider {
  readonly provider: string;
  readonly model: ModelInfo;
  readonly order: number;
  readonly source: string;
  readonly checkedAt: string;
}

function modelRows({ provider, model, order, source, checkedAt }: ModelOfProvider): NewModelPrice[] {
  const variants: ConditionalPrice[] = Array.isArray(model.prices)
    ? model.prices
    : [{ prices: model.prices }];
  return variants.flatMap((variant, index) =>
    Object.entries(variant.prices).flatMap(([key, price]) => {
      const metered = METERS[key];
      if (metered === undefined || price === undefined) return [];
      return pricePoints(price).map((point) => ({
        version: CATALOGUE_VERSION,
        layer: 'catalogue' as const,
        provider,
        model: model.id,
        model_pattern: JSON.stringify(model.match),
        model_order: order,
        variant: index,
        meter: metered.meter,
        tier: 'standard',
        context_above_tokens: point.aboveTokens,
        region: '',
        ...validity(variant.constraint),
        valid_to: null,
        unit_price_usd: decimalOf(point.price),
        per_units: metered.perUnits,
        source,
        checked_at: checkedAt,
      }));
    }),
  );
}

function pricePoints(price: number | TieredPrices): { aboveTokens: number; price: number }[] {
  if (typeof price === 'number') return [{ aboveTokens: 0, price }];
  return [
    { aboveTokens: 0, price: price.base },
    ...price.tiers.map((tier) => ({ aboveTokens: tier.start, price: tier.price })),
  ];
}

function validity(
  constraint: ConditionalPrice['constraint'],
): Pick<NewModelPrice, 'valid_from' | 'day_window_start' | 'day_window_end'> {
  if (constraint === undefined) return { valid_from: null, day_window_start: null, day_window_end: null };
  if (constraint.type === 'start_date') {
    return { valid_from: `${constraint.start_date}T00:00:00Z`, day_window_start: null, day_window_end: null };
  }
  return {
    valid_from: null,
    day_window_start: constraint.start_time,
    day_window_end: constraint.end_time,
  };
}

/** The decimal that the catalogue wrote, from the shortest number that reads back the same; a repeating one ends after twelve digits. */
export function decimalOf(price: number): string {
  const text = String(price);
  if (/^\d+(\.\d{1,12})?$/.test(text)) return text;
  return price.toFixed(12).replace(/\.?0+$/, '');
}
