/** Every source in one table. */
import { Alert, Anchor, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';

import type { Answer } from '../../api/contract';
import { useRight } from '../../api/session';
import { DataTable, type Column } from '../../parts/DataTable';
import { EmptyState } from '../../parts/EmptyState';
import { DayBars } from './DayBars';
import { basisTitle, kindTitle } from './registered';
import classes from './sources.module.css';

export type Sources = Answer<'get', '/v1/sources'>;
type Source = Sources['sources'][number];

const count = (n: number) => n.toLocaleString('en');
export const sourcePath = (name: string) => `/sources/of/${encodeURIComponent(name)}`;
/** What waits of one source; of one that files brought too, all that waits: their rows stand under the file's name. */
export const waitingPath = ({ name, imports }: Pick<Source, 'name' | 'imports'>) =>
  `/sources?tab=quarantine${imports > 0 ? '' : `&origin=${encodeURIComponent(name)}`}`;

const COLUMNS: readonly Column<Source>[] = [
  {
    key: 'name',
    title: 'Source',
    render: (source) => (
      <Anchor component={Link} to={sourcePath(source.name)} fw={600} className={classes.wrap}>
        {source.name}
      </Anchor>
    ),
  },
  {
    key: 'terms',
    title: 'Who sends',
    render: ({ registered, elsewhere }) =>
      registered ? (
        <>
          <Text size="sm">
            {kindTitle(registered)}, {registered.environment}
            {registered.disabled ? ', shut out' : ''}
          </Text>
          {elsewhere ? (
            <Badge color="yellow" variant="light" title={`It is ${elsewhere}.`}>
              not taken
            </Badge>
          ) : null}
          <Text size="sm" c="dimmed">
            {basisTitle(registered)}
          </Text>
        </>
      ) : null,
  },
  {
    key: 'fresh',
    title: 'How fresh',
    render: (source) => (
      <Group gap="xs" wrap="nowrap">
        {source.quiet ? (
          <Badge color="yellow" variant="light">
            quiet
          </Badge>
        ) : null}
        <Text size="sm">
          {source.freshness}
          {source.refused_words ? `; ${source.refused_words}` : ''}
        </Text>
      </Group>
    ),
  },
  { key: 'days', title: 'Last 28 days', render: ({ days, name }) => <DayBars days={days} of={name} /> },
  { key: 'day', title: '24 hours', numeric: true, render: ({ day }) => count(day) },
  { key: 'week', title: '7 days', numeric: true, render: ({ week }) => count(week) },
  { key: 'events', title: 'Ever', numeric: true, render: ({ events }) => count(events) },
  {
    key: 'waiting',
    title: 'Waiting',
    numeric: true,
    render: (source) =>
      source.waiting > 0 ? (
        <Anchor
          component={Link}
          to={waitingPath(source)}
          inherit
          aria-label={`${count(source.waiting)} of ${source.name} wait`}
        >
          {count(source.waiting)}
        </Anchor>
      ) : (
        '0'
      ),
  },
];

export function SourceList({ sources }: { sources: Sources }) {
  const mayEdit = useRight('edit');
  const empty = (
    <EmptyState
      action={
        mayEdit ? (
          <Button component={Link} to="/sources/new">
            Import a file
          </Button>
        ) : null
      }
    >
      Nothing has come in yet. Import a table of orders, or add a source that sends events.
    </EmptyState>
  );
  return (
    <Stack>
      {sources.note ? <Alert color="blue">{sources.note}</Alert> : null}
      <DataTable
        caption="Sources"
        columns={COLUMNS}
        rows={sources.sources}
        rowKey={({ name }) => name}
        minWidth={980}
        empty={empty}
      />
    </Stack>
  );
}
