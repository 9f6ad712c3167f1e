// What every question to the query API carries: a time range, and how to slice it. A parameter that a question does not know
// is refused: an answer to less than was asked would be taken for the whole.
import { z } from 'zod';
import { AuditEventType } from './audit-event.ts';
import { Outcome } from './llm-call.ts';
import { CostStatus } from './query-answers.ts';

const RangeTime = z.iso.datetime({ offset: true });

export const TimeRange = z.strictObject({
  /** Inclusive, RFC 3339. */
  from: RangeTime,
  /** Exclusive, RFC 3339. */
  to: RangeTime,
});

/** `minute` is for short ranges, six hours at most: it is read from the calls themselves, not from a rollup. */
export const Interval = z.enum(['minute', 'hour', 'day']);
export type Interval = z.infer<typeof Interval>;

export const SpendDimension = z.enum([
  'team',
  'user',
  'app',
  'environment',
  'provider',
  'upstream',
  'model',
  'api',
  'outcome',
  'cost_status',
]);
export type SpendDimension = z.infer<typeof SpendDimension>;

/** A comma-separated list such as `team,model`. */
function listOf<T extends z.ZodType<string, string>>(item: T) {
  return z
    .string()
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(item).max(4));
}

export const SpendQuery = TimeRange.extend({
  group_by: listOf(SpendDimension).optional(),
  interval: Interval.optional(),
  team: z.string().optional(),
  user: z.string().optional(),
  app: z.string().optional(),
  environment: z.string().optional(),
  provider: z.string().optional(),
  upstream: z.string().optional(),
  model: z.string().optional(),
  api: z.string().optional(),
  outcome: Outcome.optional(),
  cost_status: CostStatus.optional(),
});
export type SpendQuery = z.infer<typeof SpendQuery>;

export const LatencyDimension = z.enum(['team', 'app', 'provider', 'upstream', 'model', 'api']);
export type LatencyDimension = z.infer<typeof LatencyDimension>;

export const LatencyQuery = TimeRange.extend({
  group_by: listOf(LatencyDimension).optional(),
  interval: Interval.optional(),
  team: z.string().optional(),
  app: z.string().optional(),
  provider: z.string().optional(),
  upstream: z.string().optional(),
  model: z.string().optional(),
  api: z.string().optional(),
});
export type LatencyQuery = z.infer<typeof LatencyQuery>;

export const CallsQuery = TimeRange.extend({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional(),
  team: z.string().optional(),
  user: z.string().optional(),
  app: z.string().optional(),
  provider: z.string().optional(),
  upstream: z.string().optional(),
  model: z.string().optional(),
  outcome: Outcome.optional(),
  session: z.string().optional(),
  prompt_digest: z.string().optional(),
  min_duration_ms: z.coerce.number().nonnegative().optional(),
});
export type CallsQuery = z.infer<typeof CallsQuery>;

export const PageQuery = TimeRange.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
});

export const FindingsQuery = PageQuery.extend({
  team: z.string().optional(),
  category: z.string().optional(),
  pattern: z.string().optional(),
  call_id: z.uuid().optional(),
});
export type FindingsQuery = z.infer<typeof FindingsQuery>;

/** Without an interval: minutes up to six hours, hours up to two weeks, else days. */
export const GpusQuery = TimeRange.extend({ interval: Interval.optional() });
export type GpusQuery = z.infer<typeof GpusQuery>;

export const AuditQuery = PageQuery.extend({
  type: AuditEventType.optional(),
  user: z.string().optional(),
  status: z.enum(['success', 'failure', 'denied']).optional(),
  application: z.string().optional(),
  /** By number. A check of the chain reads ascending from the start. */
  order: z.enum(['asc', 'desc']).default('desc'),
  /** The last number seen. */
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be `next` of the page before')
    .optional(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;
