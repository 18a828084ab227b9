/** What could not be taken: groups, then rows; one opens with its body, to be mended and offered again. */
import { Badge, Button, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCircleCheck } from '@tabler/icons-react';

import { useAsk } from '../../api/ask';
import type { Answer } from '../../api/contract';
import { useRight } from '../../api/session';
import { useTell } from '../../api/tell';
import { DataTable } from '../../parts/DataTable';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { Instant } from '../../parts/Instant';
import { TableSkeleton } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import { RowDrawer } from './RowDrawer';
import classes from './sources.module.css';

type Row = Answer<'get', '/v1/quarantine'>['rows'][number];
export const CHANGED = ['/v1/quarantine', '/v1/sources', '/v1/customers', '/v1/segments', '/v1/home'] as const;

const PAGE = 50;
const placeOf = (row: Row) => (row.position === null ? row.origin : `${row.origin}, row ${row.position}`);

export function QuarantineTab() {
  const [origin, setOrigin] = useUrlState('origin', '');
  const [code, setCode] = useUrlState('code', '');
  const [after, setAfter] = useUrlState('after', '');
  const [opened, setOpened] = useUrlState('row', '');
  const mayEdit = useRight('edit');
  const query = { origin: origin || undefined, code: code || undefined, after, limit: PAGE };
  const asked = useAsk('/v1/quarantine', { query }, { keep: true });
  const replay = useTell('post', '/v1/quarantine/replay', {
    changes: CHANGED,
    onDone: ({ words, waiting }) =>
      notifications.show({ message: [words, ...waiting.slice(0, 2).map(({ reason }) => reason)].join(' ') }),
  });
  if (asked.error && !asked.data) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <TableSkeleton />;
  const { groups, rows, next } = asked.data;
  if (groups.length === 0) {
    return <EmptyState icon={IconCircleCheck}>Nothing waits: all that came could be taken.</EmptyState>;
  }
  const choose = (toOrigin: string, toCode: string) => {
    setOrigin(toOrigin);
    setCode(toCode);
    setAfter('');
  };
  const chosen = origin !== '' || code !== '';
  return (
    <Stack gap="lg">
      <Stack gap={6} component="section" aria-label="Why rows wait">
        {groups.map((group) => {
          const on = group.origin === origin && group.code === code;
          return (
            <UnstyledButton
              key={`${group.origin} ${group.code}`}
              aria-pressed={on}
              onClick={() => (on ? choose('', '') : choose(group.origin, group.code))}
            >
              <Group gap="sm" wrap="nowrap">
                <Text fw={600} w={70} ta="right" data-numbers>
                  {group.waiting.toLocaleString('en')}
                </Text>
                <Badge variant={on ? 'filled' : 'light'} color={on ? 'shop' : 'gray'}>
                  {group.code}
                </Badge>
                <Text size="sm" className={classes.wrap}>
                  from {group.origin}
                </Text>
              </Group>
            </UnstyledButton>
          );
        })}
      </Stack>
      {replay.error ? <ErrorCard error={replay.error} title="It could not be offered again" /> : null}
      {chosen ? (
        <Group justify="space-between">
          <Button variant="subtle" size="xs" onClick={() => choose('', '')}>
            Show all that waits
          </Button>
          {mayEdit ? (
            <Group gap="sm">
              <Text size="sm" c="dimmed">
                What goes in cannot be taken out again.
              </Text>
              <Button
                size="xs"
                loading={replay.isPending}
                onClick={() => replay.mutate({ body: { origin: origin || null, code: code || null } })}
              >
                Offer all of these again
              </Button>
            </Group>
          ) : null}
        </Group>
      ) : null}
      <DataTable
        caption="Rows that wait"
        rows={rows}
        rowKey={({ id }) => id}
        minWidth={640}
        empty={<EmptyState>None of these wait any more.</EmptyState>}
        columns={[
          { key: 'place', title: 'Where', render: (row) => <span className={classes.wrap}>{placeOf(row)}</span> },
          { key: 'reason', title: 'Why', render: (row) => <Text size="sm">{row.reason}</Text> },
          { key: 'at', title: 'Since', numeric: true, render: (row) => <Instant at={row.at} /> },
          {
            key: 'open',
            title: 'Row',
            numeric: true,
            render: (row) => (
              <Button
                size="compact-xs"
                variant="default"
                aria-label={`Open ${placeOf(row)}`}
                onClick={() => setOpened(row.id, { push: true })}
              >
                Open
              </Button>
            ),
          },
        ]}
      />
      <Group>
        {after ? (
          <Button variant="default" size="xs" onClick={() => setAfter('')}>
            From the start
          </Button>
        ) : null}
        {next ? (
          <Button variant="default" size="xs" onClick={() => setAfter(next, { push: true })}>
            Next
          </Button>
        ) : null}
      </Group>
      <RowDrawer id={opened} onClose={() => setOpened('')} />
    </Stack>
  );
}
