// How questions to the API are cached and retried. A refusal is not asked again; a session that is over leads to the login.
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiFailure, isUnauthorized } from '../api/api-failure.ts';

const MAX_RETRIES = 2;

export function createQueryClient(deps: { onUnauthorized: () => void }): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (isUnauthorized(error)) deps.onUnauthorized();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 1000,
        refetchOnWindowFocus: false,
        networkMode: 'always',
        retry: (failures, error) => failures < MAX_RETRIES && mayPass(error),
        retryDelay: (failures) => 500 * 2 ** failures,
      },
    },
  });
}

/** Who has waited out a timeout is told so: asking again at once would keep them waiting. */
function mayPass(error: Error): boolean {
  if (error instanceof ApiFailure && error.code === 'collector_timeout') return false;
  return error instanceof ApiFailure && (error.statusCode === 0 || error.statusCode >= 500);
}
