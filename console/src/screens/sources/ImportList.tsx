/** Every import, those that run first. */
import { Anchor, Badge, Button, Progress, Text } from '@mantine/core';
import { Link } from 'react-router';

import { useAsk } from '../../api/ask';
import { useRight } from '../../api/session';
import { DataTable, type Column } from '../../parts/DataTable';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { isLive, type ImportLine } from '../../parts/importing/Running';
import { Instant } from '../../parts/Instant';
import { TableSkeleton } from '../../parts/Skeletons';
import classes from './sources.module.css';

const COLOURS: Readonly<Record<string, string>> = { done: 'shop', stopped: 'red', interrupted: 'yellow' };

const COLUMNS: readonly Column<ImportLine>[] = [
  {
    key: 'file',
    title: 'File',
    render: (line) => (
      <Anchor component={Link} to={`/sources/imports/${line.job}`} fw={600} className={classes.wrap}>
        {line.file}
      </Anchor>
    ),
  },
  {
    key: 'state',
    title: 'State',
    render: (line) =>
      isLive(line) ? (
        <Progress w={120} value={(line.share ?? 1) * 100} animated={line.share === null} aria-label={`Import of ${line.file}`} />
      ) : (
        <Badge variant="light" color={COLOURS[line.state] ?? 'gray'}>
          {line.state}
        </Badge>
      ),
  },
  { key: 'words', title: 'What became of it', render: (line) => <Text size="sm">{line.words}</Text> },
  { key: 'source', title: 'Source', render: (line) => <span className={classes.wrap}>{line.source ?? ''}</span> },
  { key: 'begun', title: 'Begun', numeric: true, render: (line) => (line.begun_at ? <Instant at={line.begun_at} /> : '') },
];

export function ImportList() {
  const mayEdit = useRight('edit');
  const asked = useAsk('/v1/imports', {}, { every: 2_000 });
  if (asked.error && !asked.data) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <TableSkeleton />;
  return (
    <DataTable
      caption="Imports"
      columns={COLUMNS}
      rows={asked.data}
      rowKey={({ job }) => job}
      minWidth={760}
      empty={
        <EmptyState
          action={
            mayEdit ? (
              <Button component={Link} to="/sources/new">
                Import a file
              </Button>
            ) : null
          }
        >
          Nothing was imported yet.
        </EmptyState>
      }
    />
  );
}
