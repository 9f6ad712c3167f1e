// Audit events and a control store for the tests of this folder.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '@tollgate/contract';
import { systemClock } from '@tollgate/service-kit/clock';
import { type ControlStore, createControlStore } from '../storage/control-store.ts';

export function auditEvent(fields: Partial<AuditEvent> = {}): AuditEvent {
  return {
    event_id: randomUUID(),
    occurred_at: '2026-03-01T10:00:00.5Z',
    application: 'checkout',
    type: 'model_inference',
    user: 'ada',
    resource: 'openai/gpt-5',
    action: 'chat',
    status: 'success',
    source_address: '127.0.0.1',
    details: { latency_ms: 12.5, endpoint: 'chat "a"\n', streamed: true, reason: null },
    ...fields,
  };
}

export interface ControlFixture {
  readonly control: ControlStore;
  readonly directory: string;
  readonly remove: () => Promise<void>;
}

export async function createControlFixture(): Promise<ControlFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-audit-'));
  const control = await createControlStore({
    location: { sqliteFile: join(directory, 'control.db') },
    clock: systemClock,
  });
  return {
    control,
    directory,
    remove: async () => {
      await control.close();
      rmSync(directory, { recursive: true });
    },
  };
}
