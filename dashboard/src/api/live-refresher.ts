// Turns announced changes into refetches of the live queries on screen: one at a time, none lost, none piled up.
import type { QueryClient } from '@tanstack/react-query';

export interface LiveRefresher {
  /** Something changed: refetch now, or once more when the refetch under way is done. */
  changed(): void;
}

/** Queries with `meta: LIVE` are refetched when the ledger changes. */
export const LIVE = { live: true } as const;

export function createLiveRefresher(deps: {
  queryClient: Pick<QueryClient, 'refetchQueries'>;
  wait: (delayMs: number) => Promise<void>;
  minGapMs?: number;
}): LiveRefresher {
  const minGapMs = deps.minGapMs ?? 700;
  let running = false;
  let again = false;

  async function run(): Promise<void> {
    running = true;
    do {
      again = false;
      await deps.queryClient.refetchQueries({
        type: 'active',
        predicate: (query) => query.meta?.['live'] === true,
      });
      await deps.wait(minGapMs);
    } while (again);
    running = false;
  }

  return {
    changed() {
      if (running) again = true;
      else void run();
    },
  };
}
