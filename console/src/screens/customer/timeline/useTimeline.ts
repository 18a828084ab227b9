/** A customer's events, page after page. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';

import { request } from '../../../api/client';
import type { Answer } from '../../../api/contract';
import type { ApiError } from '../../../api/error';

type Told = Answer<'get', '/v1/customers/{customer}/timeline'>;
export type TimelineEvent = Told['events'][number];

const PAGE = 50;

/** Ask for the events of one name, from one source, or all. */
export function useTimeline(customer: string, name: string, source: string) {
  const told = useInfiniteQuery<Told, ApiError, Told[], readonly unknown[], number | null>({
    queryKey: ['/v1/customers/{customer}/timeline', { customer, name, source }],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        limit: PAGE,
        ...(pageParam === null ? {} : { before: pageParam }),
        ...(name ? { name } : {}),
        ...(source ? { source } : {}),
      };
      return request('get', '/v1/customers/{customer}/timeline', { path: { customer }, query }, signal);
    },
    initialPageParam: null,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    select: ({ pages }) => pages,
  });
  const pages = told.data ?? [];
  return {
    events: pages.flatMap((page) => page.events),
    first: pages[0],
    error: told.data ? null : told.error,
    again: told.refetch,
    more: told.hasNextPage ? { load: () => void told.fetchNextPage(), waits: told.isFetchingNextPage } : null,
  };
}
