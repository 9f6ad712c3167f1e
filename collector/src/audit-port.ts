// What the rest of the collector needs of the audit log: to append, idempotently, and to be told when it is down.
import type { AuditEvent } from '@tollgate/contract';

export interface AuditPort {
  /** Returns once the records are durable. A batch appended before is left as it stands. */
  readonly appendBatch: (batch: {
    readonly batchId: string;
    readonly events: readonly AuditEvent[];
  }) => Promise<void>;
}
