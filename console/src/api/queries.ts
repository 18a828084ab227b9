/** The cache of what the server said, and what happens to every failure that no page shows itself. */
import { MutationCache, QueryClient } from '@tanstack/react-query';

import { answering } from './connection';
import { asApiError } from './error';
import { showUnsent } from './unsent';

const RETRIES = 1;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 15_000,
      retry: (count, error) => asApiError(error).status === 503 && count < RETRIES,
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always', retry: false },
  },
  mutationCache: new MutationCache({
    onError: (error, variables, _result, mutation) => {
      if (mutation.meta?.quiet || !asApiError(error).unreachable) return;
      showUnsent(() => void mutation.execute(variables).catch(() => undefined));
    },
  }),
});

// Once the server answers again, what failed for want of it is asked again.
answering.subscribe(() => {
  if (!answering.get()) return;
  void queries.refetchQueries({ type: 'active', predicate: (query) => query.state.status === 'error' });
});

/** Have everything below these paths asked again: `refresh('/v1/segments')`. */
export function refresh(...paths: readonly string[]): Promise<void> {
  return queries.invalidateQueries({
    predicate: ({ queryKey: [path] }) => typeof path === 'string' && paths.some((prefix) => path.startsWith(prefix)),
  });
}
