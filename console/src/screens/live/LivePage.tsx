/** Live events: what the log takes, as it takes it; pause, filter, open one, jump to the customer. */
import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { IconActivity, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';

import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageHeader } from '../../parts/PageHeader';
import { TableSkeleton } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import { EventRow } from './EventRow';
import { Filters } from './Filters';
import classes from './live.module.css';
import { Newcomers } from './Newcomers';
import { MOST, type Row } from './rows';
import { useStream, type Connection, type Stream, type Wanted } from './useStream';

export function LivePage() {
  const [name, setName] = useUrlState('name', '');
  const [source, setSource] = useUrlState('source', '');
  const [customer, setCustomer] = useUrlState('customer', '');
  const setters = { name: setName, source: setSource, customer: setCustomer };
  const wanted: Wanted = { name, source, customer };
  const stream = useStream(wanted);
  return (
    <>
      <PageHeader
        title="Live events"
        purpose="Everything that customers do, and everything that is done for them, as it comes in."
        actions={<Pause stream={stream} />}
      />
      <Stack gap="lg">
        <Group justify="space-between" align="flex-end">
          <Filters wanted={wanted} rows={stream.rows.shown} onChange={(key, value) => setters[key](value)} />
          <Connected connection={stream.connection} paused={stream.rows.paused} />
        </Group>
        {stream.error ? <ErrorCard error={stream.error} again={stream.retry} /> : <Events stream={stream} />}
      </Stack>
    </>
  );
}

function Pause({ stream: { rows, step } }: { stream: Stream }) {
  if (!rows.paused) {
    return (
      <Button variant="default" leftSection={<IconPlayerPause size={16} aria-hidden />} onClick={() => step({ do: 'pause' })}>
        Pause
      </Button>
    );
  }
  return (
    <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => step({ do: 'resume' })}>
      {rows.waits > 0 ? `Go on: ${rows.waits.toLocaleString('en')} wait` : 'Go on'}
    </Button>
  );
}

function Connected({ connection, paused }: { connection: Connection; paused: boolean }) {
  if (connection.state === 'ended') return <Text size="sm">{connection.words}</Text>;
  if (paused) {
    return (
      <Badge variant="light" color="yellow">
        Paused
      </Badge>
    );
  }
  return connection.state === 'open' ? (
    <Badge variant="light" color="shop">
      Live
    </Badge>
  ) : (
    <Badge variant="light" color="gray">
      Connecting
    </Badge>
  );
}

function Events({ stream: { rows, loading, earlier } }: { stream: Stream }) {
  const [open, setOpen] = useState<string | null>(null);
  if (loading) return <TableSkeleton rows={8} />;
  return (
    <>
      <Newcomers rows={rows} />
      {rows.shown.length === 0 ? (
        <EmptyState icon={IconActivity}>
          {rows.before === null ? 'No such event has come in yet. What comes will stand here.' : 'None lately.'}
        </EmptyState>
      ) : (
        <ul className={classes.list} aria-label="Events, the latest first">
          {rows.shown.map((row) => (
            <Line key={row.key} row={row} open={open === row.key} onToggle={() => setOpen(open === row.key ? null : row.key)} />
          ))}
        </ul>
      )}
      {rows.before !== null ? (
        <Button variant="default" onClick={earlier} className={classes.earlier}>
          Look further back
        </Button>
      ) : null}
      {rows.shown.length === MOST ? (
        <Text size="sm" c="dimmed" ta="center">
          {MOST} rows stand here; filter to see others.
        </Text>
      ) : null}
    </>
  );
}

function Line({ row, open, onToggle }: { row: Row; open: boolean; onToggle: () => void }) {
  if (row.kind === 'event') return <EventRow event={row.event} open={open} onToggle={onToggle} />;
  return <li className={classes.gap}>{row.gap.words}</li>;
}
