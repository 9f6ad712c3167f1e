// The list of calls on screen: the newest page is asked for whenever the ledger changes, older pages when they are scrolled to.
// While somebody reads further down, new calls wait until they are asked for, so that nothing moves under the eyes.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { CallsAnswer } from '@tollgate/contract';
import { useEffect, useState } from 'react';
import { useApi } from '../api/api-context.ts';
import { LIVE } from '../api/live-refresher.ts';
import { rangeParameters } from '../range/time-range.ts';
import { appendOlder, type CallList, countNew, mergeNewest } from './call-list.ts';
import { type CallsSearch, callParameters } from './calls-search.ts';

const PAGE_SIZE = 100;

export interface LiveCalls {
  list: CallList | null;
  /** Calls that arrived while the list was held. */
  waiting: number;
  error: Error | null;
  isLoadingOlder: boolean;
  loadOlder: () => void;
  showWaiting: () => void;
  retry: () => void;
}

export function useLiveCalls(search: CallsSearch, held: boolean): LiveCalls {
  const ask = useAskCalls(search);
  const key = JSON.stringify(callParameters(search)) + search.range + (search.from ?? '') + (search.to ?? '');
  const newest = useQuery({
    queryKey: ['calls', key],
    meta: LIVE,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ask(undefined, signal),
  });
  const [shown, setShown] = useState<{ key: string; list: CallList } | null>(null);
  const older = useOlderCalls(ask, key, setShown);
  const { data, isPlaceholderData } = newest;

  useEffect(() => {
    if (data === undefined || isPlaceholderData) return;
    setShown((now) => {
      if (now === null || now.key !== key) return { key, list: mergeNewest(null, data) };
      return held ? now : { key, list: mergeNewest(now.list, data) };
    });
  }, [data, isPlaceholderData, key, held]);

  const list = shown?.list ?? null;
  return {
    list,
    waiting: held && list !== null && data !== undefined ? countNew(list, data) : 0,
    error: newest.error ?? older.error,
    isLoadingOlder: older.isLoading,
    loadOlder: () => {
      if (list !== null) older.load(list);
    },
    showWaiting: () => {
      if (data !== undefined) setShown((now) => ({ key, list: mergeNewest(now?.list ?? null, data) }));
    },
    retry: () => void newest.refetch(),
  };
}

type Ask = (cursor: string | undefined, signal?: AbortSignal) => Promise<CallsAnswer>;

function useAskCalls(search: CallsSearch): Ask {
  const api = useApi();
  return (cursor, signal) =>
    api.get({
      path: 'calls',
      schema: CallsAnswer,
      signal,
      parameters: {
        ...rangeParameters(search, Date.now()),
        ...callParameters(search),
        limit: PAGE_SIZE,
        cursor,
      },
    });
}

function useOlderCalls(
  ask: Ask,
  key: string,
  setShown: (
    update: (now: { key: string; list: CallList } | null) => { key: string; list: CallList } | null,
  ) => void,
) {
  const [state, setState] = useState<{ isLoading: boolean; error: Error | null }>({
    isLoading: false,
    error: null,
  });
  async function load(list: CallList) {
    if (list.older === null || state.isLoading) return;
    setState({ isLoading: true, error: null });
    try {
      const page = await ask(list.older);
      setShown((now) =>
        now?.key === key && now.list.older === list.older ? { key, list: appendOlder(now.list, page) } : now,
      );
      setState({ isLoading: false, error: null });
    } catch (error) {
      setState({ isLoading: false, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  return { ...state, load: (list: CallList) => void load(list) };
}
