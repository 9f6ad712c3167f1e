// Who did what to which resource. The collector chains these records; none may be changed or dropped afterwards.
import { z } from 'zod';
import { Timestamp } from './timestamp.ts';

export const AuditEventType = z.enum([
  'user_login',
  'user_logout',
  'api_request',
  'model_inference',
  'content_filter',
  'rate_limit',
  'permission_denied',
  'data_access',
  'system_error',
  'config_change',
]);
export type AuditEventType = z.infer<typeof AuditEventType>;

export const AuditEvent = z.object({
  event_id: z.uuid(),
  occurred_at: Timestamp,
  /** The process or app that reports: `sidecar`, `collector`, or the client's app name. */
  application: z.string().max(256),
  type: AuditEventType,
  user: z.string().max(256).default(''),
  resource: z.string().max(512).default(''),
  action: z.string().max(128).default(''),
  status: z.enum(['success', 'failure', 'denied']),
  source_address: z.string().max(64).default(''),
  /** endpoint, status code, latency, sizes, tokens, filter result, old and new value, reason. Never content or keys. */
  details: z
    .record(z.string().max(64), z.union([z.string().max(1024), z.number(), z.boolean(), z.null()]))
    .default({}),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

/** An audit event as it stands in the log: numbered without gaps and chained by SHA-256 (hex). */
export const AuditRecord = AuditEvent.extend({
  audit_seq: z.int().nonnegative(),
  prev_hash: z.string().length(64),
  record_hash: z.string().length(64),
});
export type AuditRecord = z.infer<typeof AuditRecord>;
