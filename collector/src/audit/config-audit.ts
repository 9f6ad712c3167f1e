// Notes in the audit log that the collector runs with another configuration than before. Values stay out: a digest tells
// that something changed, and a configuration holds secrets.
import { createHash } from 'node:crypto';
import type { Logger } from '@tollgate/service-kit/logger';
import type { EventsStore } from '../storage/events-store.ts';
import type { AuditLog } from './audit-log.ts';
import { readAuditPage } from './audit-records.ts';

export interface ConfigAuditDeps {
  readonly audit: Pick<AuditLog, 'append' | 'flush'>;
  readonly events: Pick<EventsStore, 'query'>;
  readonly log: Logger;
  readonly config: unknown;
  readonly version: string;
}

/** Compares with the newest note in the log. A store that does not answer is logged; the next start compares again. */
export async function auditConfiguration(deps: ConfigAuditDeps): Promise<void> {
  const { audit, events, log, config, version } = deps;
  const digest = createHash('sha256')
    .update(JSON.stringify({ config, version }, withoutSecrets))
    .digest('hex');
  try {
    await audit.flush();
    const [newest] = await readAuditPage(events, {
      filter: { type: 'config_change', application: 'collector' },
      order: 'desc',
      limit: 1,
    });
    const previous = newest?.details['config_digest'];
    if (previous === digest) return;
    await audit.append({
      type: 'config_change',
      status: 'success',
      resource: 'collector/configuration',
      action: previous === undefined ? 'first_start' : 'changed',
      details: { config_digest: digest, previous_digest: previous ?? null, version },
    });
  } catch (error) {
    log.warn({ exception: error }, 'audit.configuration_not_noted');
  }
}

/** A digest of a short secret could be guessed. */
function withoutSecrets(key: string, value: unknown): unknown {
  return /token|password|secret|databaseUrl/i.test(key) ? undefined : value;
}
