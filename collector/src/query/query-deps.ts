// What every question of the query API needs.
import type { ChangeFeed } from '../storage/change-feed.ts';
import type { EventsStore } from '../storage/events-store.ts';
import type { RangeGuard } from './range-guard.ts';

export interface QueryDeps {
  readonly events: EventsStore;
  readonly changes: ChangeFeed;
  readonly rangeGuard: RangeGuard;
}
