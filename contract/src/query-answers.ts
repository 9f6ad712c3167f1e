// Answers of the query API. Money is a decimal string of USD; totals follow OpenTelemetry (input with cached, output with reasoning).
import { z } from 'zod';
import { LlmCall, Outcome } from './llm-call.ts';
import { UsageSource } from './token-usage.ts';

const count = z.int().nonnegative();
export const UsdAmount = z.string().regex(/^-?\d+(\.\d{1,12})?$/);

/** `exact`: reported usage and a known price. `estimated`: tokens by our tokenizer. `partial`: a cut stream, or a bucket without a price. `unpriced`: no price known, cost null, never 0. */
export const CostStatus = z.enum(['exact', 'estimated', 'partial', 'unpriced']);
export type CostStatus = z.infer<typeof CostStatus>;

/** Calls of the whole range: seen = stored + spooled + dropped, else some are missing. */
export const Completeness = z.object({ seen: count, stored: count, spooled: count, dropped: count });
export type Completeness = z.infer<typeof Completeness>;

export const CompletenessAnswer = Completeness.extend({
  missing: count,
  sidecars: z.array(
    Completeness.extend({
      sidecar_id: z.string(),
      boot_id: z.string(),
      booted_at: z.string(),
      last_reported_at: z.string(),
      missing: count,
    }),
  ),
});
export type CompletenessAnswer = z.infer<typeof CompletenessAnswer>;

export const SpendRow = z
  .object({
    /** Start of the hour or day (RFC 3339), when an interval was asked for. */
    bucket: z.string().optional(),
    calls: count,
    input_tokens: count,
    cached_input_tokens: count,
    output_tokens: count,
    reasoning_tokens: count,
    /** Sum over the priced calls. */
    cost_usd: UsdAmount,
    /** Calls whose price is not known: their cost is not in `cost_usd`. */
    unpriced_calls: count,
    errors: count,
  })
  .catchall(z.union([z.string(), z.number()]).optional());
export type SpendRow = z.infer<typeof SpendRow>;
export const SpendAnswer = z.object({ rows: z.array(SpendRow), completeness: Completeness });
export type SpendAnswer = z.infer<typeof SpendAnswer>;

/** Milliseconds; null where no call of the group has the figure. */
export const Quantiles = z.object({
  n: count,
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});
export const LatencyRow = z
  .object({
    bucket: z.string().optional(),
    calls: count,
    errors: count,
    duration_ms: Quantiles,
    ttft_ms: Quantiles,
    tpot_ms: Quantiles,
    overhead_ms: Quantiles,
  })
  .catchall(z.unknown());
export type LatencyRow = z.infer<typeof LatencyRow>;
export const LatencyAnswer = z.object({ rows: z.array(LatencyRow) });
export type LatencyAnswer = z.infer<typeof LatencyAnswer>;

export const CallSummary = z.object({
  call_id: z.string(),
  started_at: z.string(),
  team: z.string(),
  user: z.string(),
  app: z.string(),
  provider: z.string(),
  upstream: z.string(),
  api: z.string(),
  /** The answered model, else the requested one. */
  model: z.string(),
  stream: z.boolean(),
  status: z.int(),
  outcome: Outcome,
  input_tokens: count,
  cached_input_tokens: count,
  cache_write_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  usage_source: UsageSource,
  finish_reason: z.string(),
  cost_usd: UsdAmount.nullable(),
  cost_status: CostStatus,
  ttft_ms: z.number().nullable(),
  latency_ms: z.number(),
});
export type CallSummary = z.infer<typeof CallSummary>;
export const CallsAnswer = z.object({ calls: z.array(CallSummary), next: z.string().nullable() });
export type CallsAnswer = z.infer<typeof CallsAnswer>;

export const CallDetail = LlmCall.extend({
  ...CallSummary.pick({
    model: true,
    input_tokens: true,
    cached_input_tokens: true,
    cache_write_tokens: true,
    output_tokens: true,
    reasoning_tokens: true,
    cost_usd: true,
    cost_status: true,
    ttft_ms: true,
    latency_ms: true,
  }).shape,
  price_version: z.string(),
  /** What each meter cost: which bucket, how many units, at what price for how many units. */
  cost_lines: z.array(
    z.object({
      meter: z.string(),
      quantity: count,
      unit_price_usd: UsdAmount,
      per: count,
      cost_usd: UsdAmount,
    }),
  ),
});
export type CallDetail = z.infer<typeof CallDetail>;

export const ApiError = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
});
export type ApiError = z.infer<typeof ApiError>;
