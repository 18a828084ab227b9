/** All segments: the rule in words, how many are in it, and what share of all customers that is. */
import { Anchor, Button, Progress, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconSearch, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { asking } from '../../api/ask';
import type { Answer } from '../../api/contract';
import { useRight } from '../../api/session';
import { DataTable, type Column } from '../../parts/DataTable';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageHeader } from '../../parts/PageHeader';
import { People } from '../../parts/People';
import { TableSkeleton } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import classes from './segments.module.css';

type Listed = Answer<'get', '/v1/segments'>[number];

const COUNTING = 2_000;
const IDLE = 15_000;

const path = (name: string) => `/segments/${encodeURIComponent(name)}`;

export function SegmentsPage() {
  const asked = useQuery({
    ...asking('/v1/segments'),
    refetchInterval: ({ state: { data } }) => (data?.some((one) => one.share === null) ? COUNTING : IDLE),
  });
  const [search, setSearch] = useUrlState('q', '');
  const mayOpen = useRight('customers');
  const create = (
    <Button component={Link} to="/segments/new" leftSection={<IconPlus size={16} aria-hidden />}>
      New segment
    </Button>
  );
  return (
    <>
      <PageHeader title="Segments" purpose="Groups of customers, each a rule that anybody can read." actions={create} />
      {asked.error ? <ErrorCard error={asked.error} again={asked.refetch} /> : null}
      {asked.isPending ? <TableSkeleton rows={8} /> : null}
      {asked.data?.length === 0 ? (
        <EmptyState icon={IconUsersGroup} action={create}>
          No segments yet. A segment is a rule such as “at least 6 orders in 90 days”.
        </EmptyState>
      ) : null}
      {asked.data?.length ? (
        <Stack gap="md">
          <TextInput
            aria-label="Search segments"
            placeholder="Search by name or by what the rule says"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            maw={420}
          />
          <DataTable
            caption="Segments"
            rows={asked.data.filter((one) => matches(one, search))}
            rowKey={(one) => one.name}
            columns={columns(mayOpen)}
            minWidth={640}
            empty={<Text c="dimmed">No segment says that.</Text>}
          />
        </Stack>
      ) : null}
    </>
  );
}

const matches = (one: Listed, search: string) =>
  [one.name, one.sentence, one.description].some((text) => text.toLowerCase().includes(search.trim().toLowerCase()));

const columns = (mayOpen: boolean): Column<Listed>[] => [
  {
    key: 'name',
    title: 'Segment',
    width: '34%',
    render: (one) => (
      <>
        <Anchor component={Link} to={path(one.name)} fw={600}>
          {one.name}
        </Anchor>
        {one.description ? <Text size="sm">{one.description}</Text> : null}
      </>
    ),
  },
  { key: 'sentence', title: 'Who is in it', render: (one) => <Text size="sm">{one.sentence}</Text> },
  {
    key: 'members',
    title: 'People',
    numeric: true,
    render: (one) =>
      mayOpen ? (
        <People text={one.members} to={`/customers?segment=${encodeURIComponent(one.name)}`} of={`people in ${one.name}`} />
      ) : (
        one.members.toLocaleString('en')
      ),
  },
  {
    key: 'share',
    title: 'Of all',
    width: '9rem',
    render: (one) =>
      one.recording.state === 'recorded' || one.recording.state === 'failed' ? <Share one={one} /> : (
        <Text size="xs" c="dimmed">
          {one.recording.text}
        </Text>
      ),
  },
];

const Share = ({ one }: { one: Listed }) =>
  one.share === null ? null : (
    <div className={classes.share}>
      <Progress value={one.share * 100} size="sm" color="var(--shop-accent-text)" flex={1} aria-label={`${one.name}: ${one.share_text} of all customers`} />
      <Text size="xs" c="dimmed" data-numbers>
        {one.share_text}
      </Text>
    </div>
  );
