/** Some of the people whom a rule matches, with the traits that it reads. */
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';

import { request } from '../../api/client';
import type { Answer } from '../../api/contract';
import type { ApiError } from '../../api/error';
import { DataTable, type Column } from '../../parts/DataTable';
import { ErrorCard } from '../../parts/ErrorCard';
import { TableSkeleton } from '../../parts/Skeletons';
import { useDebounced } from '../../parts/useDebounced';

type Rows = Answer<'post', '/v1/segments/preview'>;
type Person = Rows['rows'][number];

const PAGE = 10;
const WAIT = 400;

export function Preview({ where }: { where: string }) {
  const settled = useDebounced(where, WAIT);
  const asked = useInfiniteQuery<Rows, ApiError, { pages: Rows[] }, readonly string[], string>({
    queryKey: ['/v1/segments/preview', settled],
    queryFn: ({ signal, pageParam }) =>
      request('post', '/v1/segments/preview', { body: { where: settled, n: PAGE, after: pageParam } }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  if (asked.error) return <ErrorCard error={asked.error} again={asked.refetch} />;
  const first = asked.data?.pages[0];
  if (asked.data === undefined || first === undefined) return <TableSkeleton rows={6} />;
  const rows = asked.data.pages.flatMap((page) => page.rows);
  return (
    <Stack gap="sm">
      <DataTable
        caption="People whom the rule matches"
        rows={rows}
        rowKey={(row) => row.customer}
        columns={columns(first)}
        minWidth={560}
        empty={<Text c="dimmed">Nobody.</Text>}
      />
      <Text size="sm" c="dimmed">
        {rows.length.toLocaleString('en')} of {first.total.toLocaleString('en')}
      </Text>
      {asked.hasNextPage ? (
        <Button variant="default" w="fit-content" loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          Show more people
        </Button>
      ) : null}
    </Stack>
  );
}

const named = (row: Person) => Object.values(row.identifiers).flat()[0] ?? row.customer;

const columns = (of: Rows): Column<Person>[] => [
  {
    key: 'who',
    title: 'Customer',
    render: (row) => (
      <Anchor component={Link} to={`/customers/${row.customer}`}>
        {named(row)}
      </Anchor>
    ),
  },
  ...of.columns.map((column, index) => ({
    key: column.trait,
    title: column.words,
    numeric: true,
    render: (row: Person) => (
      <Text size="sm" fw={column.read ? 600 : undefined} span>
        {row.traits[index]}
      </Text>
    ),
  })),
];
