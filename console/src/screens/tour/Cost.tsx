/** What the edited rule is expected to cost, before and after, once typing has stopped. */
import { Skeleton, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { request } from '../../api/client';
import type { Answer } from '../../api/contract';
import type { ApiError } from '../../api/error';
import { ErrorCard } from '../../parts/ErrorCard';
import { useDebounced } from '../../parts/useDebounced';
import type { TourRule } from './data';
import classes from './tour.module.css';

type RuleCost = Answer<'post', '/v1/offer-rules/cost'>;
const WAIT = 500;
const FRESH = 60_000;
const PATH = '/v1/offer-rules/cost';

interface CostProps {
  rule: TourRule;
  where: string;
  /** Whether the rule can be read. */
  ready: boolean;
}

export function Cost({ rule: { name, slot }, where, ready }: CostProps) {
  const settled = useDebounced(where, WAIT);
  const asked = useQuery<RuleCost, ApiError>({
    queryKey: [PATH, name, settled, slot],
    queryFn: ({ signal }) => request('post', PATH, { body: { rule: name, where: settled, slot } }, signal),
    enabled: ready && settled === where,
    staleTime: FRESH,
    placeholderData: keepPreviousData,
  });
  const waits = asked.isPlaceholderData || settled !== where;
  return (
    <div className={classes.cost} role="group" aria-label="What it costs" aria-busy={ready && (waits || asked.isFetching)}>
      <h3>What it costs</h3>
      {asked.error ? <ErrorCard error={asked.error} title="This cannot be expected" /> : null}
      {!asked.error && asked.data && !waits ? <Expected cost={asked.data} /> : null}
      {!asked.error && (!asked.data || waits) ? <Waiting ready={ready} /> : null}
    </div>
  );
}

const Waiting = ({ ready }: { ready: boolean }) =>
  ready ? (
    <Stack gap="xs" role="status" aria-label="The cost is being worked out">
      <Skeleton height={30} width="60%" />
      <Skeleton height={14} />
      <Skeleton height={14} width="80%" />
      <Text size="sm" c="dimmed">
        Some of the customers concerned are decided for, before and after.
      </Text>
    </Stack>
  ) : (
    <Text size="sm" c="dimmed">
      Worked out once the rule can be read.
    </Text>
  );

const Expected = ({ cost: { before, after, text } }: { cost: RuleCost }) => (
  <>
    <Text className={classes.costs} aria-live="polite">
      {text}
    </Text>
    <dl>
      <div>
        <dt>Until now</dt>
        <dd>{before.text}</dd>
      </div>
      <div>
        <dt>As edited</dt>
        <dd>{after.text}</dd>
      </div>
    </dl>
  </>
);
