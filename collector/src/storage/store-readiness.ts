// Prepares the events store (database, migrations) and tries again until it works; until then nothing may be acknowledged.
import type { Logger } from '@tollgate/service-kit/logger';
import { isTollgateError } from '@tollgate/service-kit/tollgate-error';
import type { EventsStore } from './events-store.ts';
import { errEventsStoreUnavailable } from './events-store-fault.ts';

const RETRY_MS = 1_000;

export interface StoreReadiness {
  /** Throws TG_EVENTS_STORE_UNAVAILABLE until the schema is in place. */
  readonly require: () => void;
  /** Why the store cannot serve now, or undefined when it can. Asks the store. */
  readonly problem: () => Promise<string | undefined>;
  /** Resolves after the first attempt, whatever came of it; further ones follow in the background. Rejects when no retry can help. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface StoreReadinessOptions {
  readonly events: Pick<EventsStore, 'ping'>;
  readonly prepare: () => Promise<void>;
  readonly log: Logger;
  readonly pause?: (ms: number) => Promise<void>;
}

export function createStoreReadiness(options: StoreReadinessOptions): StoreReadiness {
  const { events, log } = options;
  const pause = options.pause ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()));
  let prepared = false;
  let stopped = false;
  let reason = 'the events store is being prepared';
  const attempt = async (): Promise<void> => {
    try {
      await options.prepare();
      prepared = true;
    } catch (error) {
      if (isTollgateError(error) && error.statusCode !== 503) throw error;
      reason = error instanceof Error ? error.message : String(error);
      log.warn({ reason }, 'events_store.not_ready');
    }
  };
  const keepTrying = async (): Promise<void> => {
    while (!prepared && !stopped) {
      await pause(RETRY_MS);
      if (stopped) return;
      try {
        await attempt();
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
        log.error({ exception: error }, 'events_store.unusable');
        return;
      }
    }
    if (prepared) log.info('events_store.ready');
  };
  return {
    require: () => {
      if (!prepared) throw errEventsStoreUnavailable(reason, { hint: 'send the same request again later' });
    },
    problem: async () => {
      if (!prepared) return reason;
      return (await events.ping()) ? undefined : 'the events store does not answer';
    },
    start: async () => {
      await attempt();
      if (!prepared) void keepTrying();
    },
    stop: async () => {
      stopped = true;
    },
  };
}
