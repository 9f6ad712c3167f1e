// What one call cost, to the pico-USD, and how sure that is. Never sums calls: context tiers are cliffs per request.
import {
  type CostStatus,
  costPicoUsd,
  type LlmCall,
  TOKEN_BUCKETS,
  totalInputTokens,
} from '@tollgate/contract';
import { BUCKET_METERS, fallbackMeter, type Meter, pricingTier } from './meter.ts';
import type { PriceBook, PricedModel, PricePoint, PriceQuestion } from './price-book.ts';

export interface CostLine {
  readonly meter: string;
  readonly quantity: number;
  readonly unitPricePicoUsd: bigint;
  readonly perUnits: bigint;
  readonly costPicoUsd: bigint;
}

export interface CallCost {
  /** null where nothing is known: never 0 in its place. */
  readonly costPicoUsd: bigint | null;
  readonly status: CostStatus;
  /** The versions of the prices used, joined by `+`; empty where none was used. */
  readonly priceVersion: string;
  readonly lines: readonly CostLine[];
}

const FREE: CallCost = { costPicoUsd: 0n, status: 'exact', priceVersion: '', lines: [] };
const UNPRICED: CallCost = { costPicoUsd: null, status: 'unpriced', priceVersion: '', lines: [] };

/** Never reached a provider, or was answered from our own cache. */
const NOT_BILLED = new Set<LlmCall['outcome']>([
  'blocked',
  'rate_limited',
  'budget_denied',
  'unauthorized',
  'invalid_request',
  'upstream_unreachable',
  'cache_hit',
]);
/** Reading and deleting is not what providers charge for; without usage such a call costs nothing. */
const FREE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);
const FREE_APIS = new Set<LlmCall['api']>([
  'anthropic.count_tokens',
  'google.count_tokens',
  'openai.moderations',
]);

/** Prices a call by the prices in force when it started. */
export function priceCall(call: LlmCall, book: PriceBook): CallCost {
  if (NOT_BILLED.has(call.outcome) || FREE_APIS.has(call.api)) return FREE;
  const quantities = meteredQuantities(call);
  if (quantities.length === 0 && FREE_METHODS.has(call.method)) return FREE;
  if (quantities.length === 0 && call.usage_source !== 'reported') {
    return call.outcome === 'upstream_error' && call.status >= 400 ? FREE : UNPRICED;
  }
  const model = book.find(call.provider, [call.response_model, call.requested_model]);
  if (model === undefined) return UNPRICED;
  return priceQuantities({ call, model, quantities });
}

interface Quantity {
  readonly meter: Meter;
  readonly quantity: number;
}

function meteredQuantities(call: LlmCall): Quantity[] {
  const quantities: Quantity[] = [];
  for (const bucket of TOKEN_BUCKETS) {
    if (call[bucket] > 0) quantities.push({ meter: BUCKET_METERS[bucket], quantity: call[bucket] });
  }
  for (const [tool, quantity] of Object.entries(call.billed_tools)) {
    if (quantity > 0) quantities.push({ meter: `tool:${tool}`, quantity });
  }
  return quantities;
}

function priceQuantities(job: {
  readonly call: LlmCall;
  readonly model: PricedModel;
  readonly quantities: readonly Quantity[];
}): CallCost {
  const { call, model } = job;
  const look = {
    model,
    provider: call.provider,
    tier: pricingTier(call.service_tier),
    atMs: Date.parse(call.started_at),
    inputTokens: totalInputTokens(call),
  };
  const lines: CostLine[] = [];
  const versions = new Set<string>();
  let complete = true;
  const add = ({ meter, quantity }: Quantity, { point, ofTier }: FoundPoint) => {
    if (!ofTier) complete = false;
    versions.add(point.version);
    const { unitPricePicoUsd, perUnits } = point;
    lines.push({
      meter,
      quantity,
      unitPricePicoUsd,
      perUnits,
      costPicoUsd: costPicoUsd(quantity, unitPricePicoUsd, perUnits),
    });
  };
  for (const quantity of job.quantities) {
    const found = findPoint(look, quantity.meter);
    if (found === undefined) complete = false;
    else add(quantity, found);
  }
  const fee = findPoint(look, 'request');
  if (fee !== undefined) add({ meter: 'request', quantity: 1 }, fee);
  if (lines.length === 0 && job.quantities.length > 0) return UNPRICED;
  return {
    costPicoUsd: lines.reduce((sum, line) => sum + line.costPicoUsd, 0n),
    status: costStatus(call, complete),
    priceVersion: [...versions].join('+'),
    lines,
  };
}

interface FoundPoint {
  readonly point: PricePoint;
  /** False when the tier served has no price of its own and the standard one stands in. */
  readonly ofTier: boolean;
}

function findPoint(
  look: Omit<PriceQuestion, 'meter'> & { readonly model: PricedModel; readonly provider: string },
  meter: Meter,
): FoundPoint | undefined {
  const fallback = fallbackMeter(meter, look.provider);
  for (const tier of look.tier === 'standard' ? ['standard'] : [look.tier, 'standard']) {
    const point =
      look.model.point({ ...look, tier, meter }) ??
      (fallback === undefined ? undefined : look.model.point({ ...look, tier, meter: fallback }));
    if (point !== undefined) return { point, ofTier: tier === look.tier };
  }
  return undefined;
}

function costStatus(call: LlmCall, complete: boolean): CostStatus {
  if (!complete || call.usage_source === 'partial') return 'partial';
  if (call.usage_source === 'estimated') return 'estimated';
  return call.usage_source === 'none' ? 'partial' : 'exact';
}
