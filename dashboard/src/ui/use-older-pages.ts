// A list that is loaded page by page towards the past, by the cursor of the API.
import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';

/** The first pages are asked for again that often; who has loaded many is not made to load them all again. */
const REFRESH_MS = 5000;
const MOST_REFRESHED_PAGES = 3;

export interface Page {
  next: string | null;
}

export interface OlderPages<Answer> {
  pages: readonly Answer[] | undefined;
  error: Error | null;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  loadOlder: () => void;
  retry: () => void;
}

export function useOlderPages<Answer extends Page>(options: {
  key: readonly unknown[];
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Answer>;
}): OlderPages<Answer> {
  const query = useInfiniteQuery<Answer, Error, InfiniteData<Answer>, readonly unknown[], string | undefined>(
    {
      queryKey: options.key,
      initialPageParam: undefined,
      queryFn: ({ pageParam, signal }) => options.ask(pageParam, signal),
      getNextPageParam: ({ next }) => next ?? undefined,
      refetchInterval: ({ state }) =>
        (state.data?.pages.length ?? 0) <= MOST_REFRESHED_PAGES ? REFRESH_MS : false,
    },
  );
  return {
    pages: query.data?.pages,
    error: query.error,
    hasOlder: query.hasNextPage,
    isLoadingOlder: query.isFetchingNextPage,
    loadOlder: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}
