import { createLogger } from '@tollgate/service-kit/logger';
import { describe, expect, it } from 'vitest';
import { auditEvent } from './audit.fixture.ts';
import type { OwnAuditEvent } from './audit-log.ts';
import { auditConfiguration } from './config-audit.ts';

const log = createLogger({ name: 'test', level: 'silent' });

/** Starts a collector with each configuration in turn and gives what was noted. */
async function startWith(configs: readonly unknown[]): Promise<OwnAuditEvent[]> {
  const noted: OwnAuditEvent[] = [];
  const audit = { flush: async () => {}, append: async (event: OwnAuditEvent) => void noted.push(event) };
  const events = {
    query: async <Row>({ schema }: { schema: { parse: (row: unknown) => Row } }): Promise<Row[]> =>
      noted.slice(-1).map((event) => {
        const details = JSON.stringify(event.details);
        const hash = '0'.repeat(64);
        return schema.parse({
          ...auditEvent(),
          ...event,
          details,
          audit_seq: 0,
          prev_hash: hash,
          record_hash: hash,
        });
      }),
  };
  for (const config of configs) await auditConfiguration({ audit, events, log, config, version: '1' });
  return noted;
}

describe('auditConfiguration', () => {
  it('notes the first start and each change, and stays silent when nothing changed', async () => {
    const noted = await startWith([{ port: 1 }, { port: 1 }, { port: 2 }, { port: 1 }]);
    expect(noted.map(({ action }) => action)).toEqual(['first_start', 'changed', 'changed']);
    expect(noted[1]?.details?.['previous_digest']).toBe(noted[0]?.details?.['config_digest']);
  });

  it('lets no secret into the digest', async () => {
    const configs = [
      { adminToken: 'a', clickhouse: { password: 'a' } },
      { adminToken: 'b', clickhouse: { password: 'b' } },
    ];
    expect(await startWith(configs)).toHaveLength(1);
  });
});
