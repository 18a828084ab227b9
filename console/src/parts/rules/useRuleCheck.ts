/** `useRuleCheck(where, of)`: what the server says of a rule while it is typed; superseded questions are aborted. */
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';

import { request } from '../../api/client';
import type { Answer } from '../../api/contract';
import type { ApiError } from '../../api/error';
import { useDebounced } from '../useDebounced';

export type CheckedRule = Answer<'post', '/v1/segments/check'>;
export type RuleKind = 'segment' | 'offer_rule';

const WAIT = 120;
const COUNTING = 1_000;
const FRESH = 30_000;

/** `where` is what was checked: while it lags behind what is typed, the answer is the one before. */
export interface RuleCheck {
  where: string;
  asked: UseQueryResult<CheckedRule, ApiError>;
}

export function useRuleCheck(where: string, of: RuleKind): RuleCheck {
  const settled = useDebounced(where, WAIT);
  const asked = useQuery<CheckedRule, ApiError>({
    queryKey: ['/v1/segments/check', settled, of],
    queryFn: ({ signal }) => request('post', '/v1/segments/check', { body: { where: settled, of, count: true } }, signal),
    enabled: settled.trim() !== '',
    staleTime: FRESH,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.counting ? COUNTING : false),
  });
  return { where: settled, asked };
}
