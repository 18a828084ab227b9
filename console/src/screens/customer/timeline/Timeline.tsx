/** What happened, the latest first, by day, with filters that count. */
import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { IconTimeline } from '@tabler/icons-react';

import { EmptyState } from '../../../parts/EmptyState';
import { ErrorCard } from '../../../parts/ErrorCard';
import { Skeletons } from '../../../parts/Skeletons';
import { useUrlState } from '../../../parts/useUrlState';
import { byDay, runsOf } from './byDay';
import { EventRun } from './EventRun';
import classes from './timeline.module.css';
import { useTimeline } from './useTimeline';

export function Timeline({ customer }: { customer: string }) {
  const [name, setName] = useUrlState('event', '');
  const [source, setSource] = useUrlState('source', '');
  const { events, first, error, again, more } = useTimeline(customer, name, source);
  if (error) return <ErrorCard error={error} again={again} />;
  if (!first) return <Skeletons lines={8} height={22} />;
  if (first.total === 0) return <EmptyState icon={IconTimeline}>Nothing has happened yet.</EmptyState>;
  return (
    <Stack gap="lg">
      <Group gap="md" align="flex-end">
        <Choice label="What happened" all="Everything" values={first.names} value={name} onChoose={setName} />
        <Choice label="Where it came from" all="Everywhere" values={first.sources} value={source} onChoose={setSource} />
        <Text size="sm" c="dimmed" pb={8} data-numbers>
          {first.total.toLocaleString('en')} events in all
        </Text>
      </Group>
      {events.length === 0 ? <Text c="dimmed">Nothing fits both.</Text> : null}
      {byDay(events).map(([day, told]) => (
        <section key={day} aria-label={day}>
          <h2 className={classes.day}>{day}</h2>
          <ul className={classes.events}>
            {runsOf(told).map((run) => (
              <EventRun key={run.shown[0]?.seq} run={run} />
            ))}
          </ul>
        </section>
      ))}
      {more ? (
        <Group justify="center">
          <Button variant="default" onClick={more.load} loading={more.waits}>
            Show older
          </Button>
        </Group>
      ) : (
        <Text size="sm" c="dimmed" ta="center">
          That is where it began.
        </Text>
      )}
    </Stack>
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  values: readonly { readonly value: string; readonly events: number }[];
  value: string;
  onChoose: (value: string) => void;
}

const Choice = ({ label, all, values, value, onChoose }: ChoiceProps) => (
  <Select
    label={label}
    placeholder={all}
    data={values.map((one) => ({ value: one.value, label: `${one.value} (${one.events.toLocaleString('en')})` }))}
    value={value || null}
    onChange={(chosen) => onChoose(chosen ?? '')}
    clearable
    clearButtonProps={{ 'aria-label': all }}
    w={{ base: '100%', xs: 240 }}
  />
);
