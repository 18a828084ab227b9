/** `useAsk(path, params, options)`: read something of the server; cached, shared, aborted when superseded. */
import { keepPreviousData, queryOptions, useQuery, type UseQueryResult } from '@tanstack/react-query';

import { request } from './client';
import type { Answer, Params, PathOf, Rest, Told } from './contract';
import type { ApiError } from './error';

/**
 * enabled: false waits. keep: show the previous answer while the next is on its way (typing).
 * every: ask again every so many milliseconds. fresh: milliseconds for which an answer is not asked again.
 */
export interface AskOptions {
  enabled?: boolean;
  keep?: boolean;
  every?: number | false;
  fresh?: number;
}

/** The query behind `useAsk`, to prefetch it or to read it outside of a component. */
export function asking<P extends PathOf<'get'>>(path: P, ...[params, options = {}]: Rest<Params<'get', P>, AskOptions>) {
  return queryOptions<Answer<'get', P>, ApiError>({
    queryKey: params === undefined ? [path] : [path, params],
    queryFn: ({ signal }) => request('get', path, (params ?? {}) as Told<'get', P>, signal),
    enabled: options.enabled,
    staleTime: options.fresh,
    refetchInterval: options.every,
    placeholderData: options.keep ? keepPreviousData : undefined,
  });
}

/** Read something of the server: `useAsk('/v1/customers', { query: { q } }, { keep: true })`. */
export const useAsk = <P extends PathOf<'get'>>(
  path: P,
  ...rest: Rest<Params<'get', P>, AskOptions>
): UseQueryResult<Answer<'get', P>, ApiError> => useQuery(asking(path, ...rest));
