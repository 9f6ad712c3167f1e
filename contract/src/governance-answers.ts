// Answers of the query API about budgets, GPUs, findings, the audit log and recommendations.
import { z } from 'zod';
import { AuditRecord } from './audit-event.ts';
import { FilterFinding } from './filter-finding.ts';
import { GpuSample } from './gpu-sample.ts';
import { UsdAmount } from './query-answers.ts';

const count = z.int().nonnegative();

export const BudgetStatus = z.object({
  name: z.string(),
  team: z.string(),
  period: z.enum(['day', 'month']),
  period_start: z.string(),
  period_end: z.string(),
  limit_usd: UsdAmount,
  spent_usd: UsdAmount,
  remaining_usd: UsdAmount,
  spent_ratio: z.number().nonnegative(),
  /** The highest warning step passed (0.5, 0.8, 1), or 0. */
  warning_step: z.number(),
  state: z.enum(['ok', 'warning', 'exceeded']),
  unpriced_calls: count,
});
export type BudgetStatus = z.infer<typeof BudgetStatus>;
export const BudgetsAnswer = z.object({ budgets: z.array(BudgetStatus) });
export type BudgetsAnswer = z.infer<typeof BudgetsAnswer>;

export const GpusAnswer = z.object({
  /** The newest sample of each GPU in the range. */
  gpus: z.array(GpuSample),
  series: z.array(
    z.object({
      gpu_uuid: z.string(),
      bucket: z.string(),
      utilization_pct: z.number().nullable(),
      memory_used_bytes: z.number().nullable(),
      power_watts: z.number().nullable(),
      temperature_celsius: z.number().nullable(),
    }),
  ),
});
export type GpusAnswer = z.infer<typeof GpusAnswer>;

export const FindingsAnswer = z.object({ findings: z.array(FilterFinding), next: z.string().nullable() });
export type FindingsAnswer = z.infer<typeof FindingsAnswer>;

export const AuditAnswer = z.object({ records: z.array(AuditRecord), next: z.string().nullable() });
export type AuditAnswer = z.infer<typeof AuditAnswer>;

/** The newest link of the chain: keep it elsewhere and a cut-off tail can be proved too. */
export const AuditHead = z.object({
  records: count,
  head_seq: z.int().min(-1),
  head_hash: z.string().length(64),
});
export type AuditHead = z.infer<typeof AuditHead>;

export const Recommendation = z.object({
  id: z.string(),
  kind: z.enum(['failed_calls', 'exact_duplicates']),
  title: z.string(),
  /** One sentence: what was seen and what to do. */
  advice: z.string(),
  team: z.string(),
  model: z.string(),
  saving_usd: UsdAmount,
  /** Share of the whole spend of the range, 0 to 1. */
  saving_ratio: z.number(),
  confidence: z.enum(['high', 'medium', 'low']),
  evidence: z.object({
    calls: count,
    sample_call_ids: z.array(z.string()).max(10),
    window: z.object({ from: z.string(), to: z.string() }),
    assumptions: z.array(z.string()),
    price_versions: z.array(z.string()),
  }),
});
export type Recommendation = z.infer<typeof Recommendation>;
export const RecommendationsAnswer = z.object({
  spend_usd: UsdAmount,
  recommendations: z.array(Recommendation),
});
export type RecommendationsAnswer = z.infer<typeof RecommendationsAnswer>;
