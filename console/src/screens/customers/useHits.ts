/** Who was found, page after page. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';

import { request } from '../../api/client';
import type { Answer } from '../../api/contract';
import type { ApiError } from '../../api/error';

export type Hits = Answer<'get', '/v1/customers'>;

const SEARCHED = 50;
const LISTED = 30;

/** Search, list a segment, or list everybody; `more` loads the next page of a list. */
export function useHits(query: string, segment: string) {
  const found = useInfiniteQuery<Hits, ApiError, Hits[], readonly unknown[], string>({
    queryKey: ['/v1/customers', { query, segment }],
    queryFn: ({ pageParam, signal }) => {
      const limit = query ? SEARCHED : LISTED;
      return request('get', '/v1/customers', { query: { q: query, segment, after: pageParam, limit } }, signal);
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    select: ({ pages }) => pages,
  });
  const pages = found.data ?? [];
  return {
    hits: pages.flatMap((page) => page.customers),
    masked: pages.some((page) => page.masked),
    error: found.data ? null : found.error,
    waits: found.isPending,
    again: found.refetch,
    more: found.hasNextPage ? { load: () => void found.fetchNextPage(), waits: found.isFetchingNextPage } : null,
  };
}
