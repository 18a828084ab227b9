/** What was decided, as the log has it; each opens with what came of it. */
import { Anchor, Badge, Button, Group, Select, Stack, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { Link } from 'react-router';

import { useAsk } from '../../api/ask';
import type { Answer } from '../../api/contract';
import { DataTable, type Column } from '../../parts/DataTable';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { Instant } from '../../parts/Instant';
import { TableSkeleton } from '../../parts/Skeletons';
import { CustomerPicker } from './CustomerPicker';
import classes from './decisions.module.css';
import { useQuestion, useSlots } from './useQuestion';

type Line = Answer<'get', '/v1/decisions'>['decisions'][number];

export function Recorded() {
  const { query, change } = useQuestion();
  const { slots } = useSlots(query);
  const [slot, customer, before] = ['of', 'customer', 'before'].map((key) => query.get(key) ?? '') as [string, string, string];
  const asked = useAsk(
    '/v1/decisions',
    { query: { slot, customer, ...(before ? { before: Number(before) } : {}) } },
    { keep: true },
  );
  const earlier = asked.data?.before ?? null;
  return (
    <Stack gap="lg">
      <div className={classes.form}>
        <Select
          label="Slot"
          placeholder="All"
          data={slots.map(({ name }) => ({ value: name, label: name.replaceAll('_', ' ') }))}
          value={slot || null}
          onChange={(name) => change({ of: name, before: null })}
          clearable
          clearButtonProps={{ 'aria-label': 'All slots' }}
        />
        <CustomerPicker
          customer={customer}
          placeholder="Everybody"
          onChange={(id) => change({ customer: id, before: null })}
        />
      </div>
      {asked.error ? <ErrorCard error={asked.error} again={asked.refetch} /> : null}
      {asked.isPending ? <TableSkeleton /> : null}
      {asked.data ? <Lines lines={asked.data.decisions} /> : null}
      <Group>
        {before ? (
          <Button variant="default" onClick={() => change({ before: null })}>
            The latest
          </Button>
        ) : null}
        {earlier !== null ? (
          <Button variant="default" onClick={() => change({ before: String(earlier) })}>
            Earlier
          </Button>
        ) : null}
      </Group>
    </Stack>
  );
}

const COLUMNS: readonly Column<Line>[] = [
  { key: 'at', title: 'When', width: '9rem', render: ({ at }) => <Instant at={at} form="date" /> },
  {
    key: 'who',
    title: 'Who',
    width: '10rem',
    render: ({ who, customer }) =>
      customer ? (
        <Anchor component={Link} to={`/customers/${encodeURIComponent(customer)}`} size="sm">
          {who}
        </Anchor>
      ) : (
        who
      ),
  },
  {
    key: 'slot',
    title: 'Slot',
    width: '11rem',
    render: ({ id, slot }) => (
      <Anchor component={Link} to={`/decisions/${encodeURIComponent(id)}`} size="sm" fw={600}>
        {slot.replaceAll('_', ' ')}
      </Anchor>
    ),
  },
  {
    key: 'text',
    title: 'Answer',
    render: ({ text, personal }) => (
      <Group gap="xs">
        {personal ? null : (
          <Badge size="sm" variant="light" color="yellow">
            not personal
          </Badge>
        )}
        <Text size="sm">{text}</Text>
      </Group>
    ),
  },
];

const Lines = ({ lines }: { lines: readonly Line[] }) => (
  <DataTable
    caption="Recorded decisions"
    columns={COLUMNS}
    rows={lines}
    rowKey={({ id }) => id}
    minWidth={720}
    empty={
      <EmptyState icon={IconHistory}>
        Nothing was decided yet. Each answer to a shop’s page or till is recorded here a moment later.
      </EmptyState>
    }
  />
);
