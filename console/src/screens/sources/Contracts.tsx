/** What the events of a source look like: how they drift, what of them looks personal, and how strictly they are held. */
import { Alert, Badge, Button, Group, List, Modal, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';

import { useAsk } from '../../api/ask';
import type { Answer } from '../../api/contract';
import { useRight } from '../../api/session';
import { useTell } from '../../api/tell';
import { DataTable, type Column } from '../../parts/DataTable';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { TableSkeleton } from '../../parts/Skeletons';
import classes from './sources.module.css';

type Contract = Answer<'get', '/v1/contracts'>[number];
type Mode = Contract['mode'];
interface Wish {
  contract: Contract;
  mode: Mode;
}

const ACTS: Readonly<Record<Mode, { label: string; question: string; then: string; color?: string }>> = {
  learn: {
    label: 'Learn again',
    question: 'Let it learn again?',
    then: 'What comes from now on changes what is expected. Nothing is refused.',
  },
  warn: {
    label: 'Freeze',
    question: 'Freeze its shape?',
    then: 'What was learned until now is what is expected. An event of another shape is taken, and told of here.',
  },
  strict: {
    label: 'Make strict',
    question: 'Hold it strictly?',
    then: 'What was learned until now is what is expected. An event of another shape waits in quarantine until somebody mends it or lets it in.',
    color: 'red',
  },
};

export function Contracts({ source }: { source: string }) {
  const mayEdit = useRight('edit');
  const [wish, setWish] = useState<Wish | null>(null);
  const asked = useAsk('/v1/contracts', { query: { source } }, { every: 10_000 });
  return (
    <section>
      <Title order={2} mb="sm">
        What its events look like
      </Title>
      {asked.error ? <ErrorCard error={asked.error} again={asked.refetch} /> : null}
      {asked.isPending ? <TableSkeleton rows={3} /> : null}
      {asked.data ? (
        <DataTable
          caption="Contracts"
          rows={asked.data}
          rowKey={(one) => one.name}
          minWidth={720}
          empty={<EmptyState>Nothing is learned yet: it needs events first.</EmptyState>}
          columns={mayEdit ? [...COLUMNS, acting(setWish)] : COLUMNS}
        />
      ) : null}
      {wish ? <Confirm {...wish} onClose={() => setWish(null)} /> : null}
    </section>
  );
}

const COLUMNS: readonly Column<Contract>[] = [
  {
    key: 'name',
    title: 'Event',
    width: '22%',
    render: (one) => <span className={classes.wrap}>{one.name}</span>,
  },
  {
    key: 'says',
    title: 'What was learned',
    render: (one) => (
      <Stack gap={6}>
        <Text size="sm">{one.mode_words}</Text>
        <Said words={one.flags} label="looks personal" color="red" />
        <Said words={one.drifts} label="drifts" color="yellow" />
      </Stack>
    ),
  },
];

const Said = ({ words, label, color }: { words: readonly string[]; label: string; color: string }) =>
  words.length > 0 ? (
    <div>
      <Badge variant="light" color={color}>
        {label}
      </Badge>
      <List size="sm" mt={4}>
        {words.map((sentence) => (
          <List.Item key={sentence} className={classes.wrap}>
            {sentence}
          </List.Item>
        ))}
      </List>
    </div>
  ) : null;

const acting = (onWish: (wish: Wish) => void): Column<Contract> => ({
  key: 'acts',
  title: 'Hold it',
  width: '15rem',
  render: (contract) => (
    <Group gap="xs">
      {(Object.keys(ACTS) as Mode[])
        .filter((mode) => mode !== contract.mode)
        .map((mode) => (
          <Button
            key={mode}
            size="compact-xs"
            variant="default"
            onClick={() => onWish({ contract, mode })}
            aria-label={`${ACTS[mode].label}: ${contract.name}`}
          >
            {ACTS[mode].label}
          </Button>
        ))}
    </Group>
  ),
});

function Confirm({ contract, mode, onClose }: Wish & { onClose: () => void }) {
  const { label, question, then, color } = ACTS[mode];
  const change = useTell('put', '/v1/contracts/{source}/{name}/mode', { changes: ['/v1/contracts'], onDone: onClose });
  const { source, name } = contract;
  return (
    <Modal opened onClose={onClose} title={question} size="md">
      <Stack>
        {change.error ? (
          <Alert color="red" role="alert">
            {change.error.message}
          </Alert>
        ) : null}
        <Text fw={600} className={classes.wrap}>
          {name}
        </Text>
        <Text>{then}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            color={color}
            loading={change.isPending}
            onClick={() => change.mutate({ path: { source, name }, body: { mode } })}
          >
            {label}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
