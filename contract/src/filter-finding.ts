// Something a content filter recognised in a prompt or an answer. Carries positions and a keyed digest, never the text.
import { z } from 'zod';
import { Timestamp } from './timestamp.ts';

export const FilterCategory = z.enum([
  'hate_speech',
  'violence',
  'sexual',
  'self_harm',
  'harassment',
  'illegal_activity',
  'personal_info',
  'misinformation',
  'secret',
]);
export type FilterCategory = z.infer<typeof FilterCategory>;

export const Severity = z.enum(['none', 'low', 'medium', 'high', 'critical']);
export type Severity = z.infer<typeof Severity>;

export const FilterFinding = z.object({
  finding_id: z.uuid(),
  call_id: z.uuid(),
  occurred_at: Timestamp,
  sidecar_id: z.string().max(128),
  team: z.string().max(256).default(''),
  user: z.string().max(256).default(''),
  app: z.string().max(256).default(''),
  direction: z.enum(['request', 'response']),
  category: FilterCategory,
  /** The pattern's name: `credit_card`, `email`, `openai_api_key`, … */
  pattern: z.string().max(64),
  severity: Severity,
  action: z.enum(['flagged', 'redacted', 'blocked']),
  /** Position in UTF-16 code units of the text that was scanned. */
  match_start: z.int().nonnegative(),
  match_length: z.int().nonnegative(),
  /** Keyed digest of the matched text, so that repeats can be counted without storing it. */
  match_digest: z.string().max(64),
});
export type FilterFinding = z.infer<typeof FilterFinding>;
