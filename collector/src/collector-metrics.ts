// The collector's gauges that are read when scraped: is the store up, is anything missing, which version runs.
import { TOLLGATE_METRICS } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { completenessOf, sumOf } from './query/completeness.ts';
import type { EventsStore } from './storage/events-store.ts';
import type { StoreReadiness } from './storage/store-readiness.ts';

const WINDOW_MICROS = 24 * 3_600_000_000;

export function registerCollectorMetrics(deps: {
  readonly registry: Registry;
  readonly events: EventsStore;
  readonly readiness: StoreReadiness;
  readonly clock: Clock;
  readonly version: string;
}): void {
  const { registry, events, readiness, clock } = deps;
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: TOLLGATE_METRICS.buildInfo,
    help: 'Always 1; the labels say what runs',
    labelNames: ['service', 'version'],
    registers,
  }).set({ service: 'collector', version: deps.version }, 1);
  const up = new Gauge({
    name: TOLLGATE_METRICS.eventsStoreUp,
    help: '1 while the events store answers and its schema is in place',
    registers,
    async collect() {
      this.set((await readiness.problem()) === undefined ? 1 : 0);
    },
  });
  up.set(0);
  new Gauge({
    name: TOLLGATE_METRICS.callsMissing,
    help: 'Calls seen by the sidecars of the last day and neither stored, nor spooled, nor counted as dropped; NaN while unknown',
    registers,
    async collect() {
      try {
        const now = clock.nowMicros();
        const boots = await completenessOf(events, { from: now - WINDOW_MICROS, to: now + WINDOW_MICROS });
        this.set(sumOf(boots).missing);
      } catch {
        // The store is down, which the gauge above says; a number here would be a guess.
        this.set(Number.NaN);
      }
    },
  });
}
