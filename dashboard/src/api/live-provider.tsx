// Keeps the live queries of the page on screen fresh while somebody looks at it.
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { LiveContext } from './live-context.ts';
import { createLiveRefresher } from './live-refresher.ts';
import { type LiveState, startLiveUpdates } from './live-updates.ts';

/** Ranges move with the clock even when no call comes. */
const QUIET_REFRESH_MS = 30_000;

function setTimer(action: () => void, delayMs: number): () => void {
  const timer = window.setTimeout(action, delayMs);
  return () => window.clearTimeout(timer);
}

function onVisibilityChange(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

export function LiveProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');

  useEffect(() => {
    const refresher = createLiveRefresher({
      queryClient,
      wait: (delayMs) => new Promise((resolve) => setTimer(resolve, delayMs)),
    });
    const live = startLiveUpdates({
      openSource: () => new EventSource('/api/v1/live'),
      isVisible: () => document.visibilityState === 'visible',
      onVisibilityChange,
      setTimer,
      onChange: refresher.changed,
      onState: setState,
    });
    const quiet = window.setInterval(() => {
      if (document.visibilityState === 'visible') refresher.changed();
    }, QUIET_REFRESH_MS);
    return () => {
      live.stop();
      window.clearInterval(quiet);
    };
  }, [queryClient]);

  const isFailing = useIsFailing(queryClient);
  // Whoever polls learns from the answers alone that the collector lives.
  return <LiveContext value={state === 'polling' && isFailing ? 'silent' : state}>{children}</LiveContext>;
}

function useIsFailing(queryClient: QueryClient): boolean {
  const cache = queryClient.getQueryCache();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(listener), [cache]);
  return useSyncExternalStore(subscribe, () =>
    cache.findAll({ type: 'active' }).some(({ state }) => state.status === 'error'),
  );
}
