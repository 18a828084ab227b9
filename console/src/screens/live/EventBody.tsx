/** One event whole: its properties, and the command that sends it again. */
import { Code, Group, Stack, Text } from '@mantine/core';

import { useAsk } from '../../api/ask';
import { useRight } from '../../api/session';
import { CopyButton } from '../../parts/CopyButton';
import { ErrorCard } from '../../parts/ErrorCard';
import { Instant } from '../../parts/Instant';
import { Skeletons } from '../../parts/Skeletons';
import { curl } from '../../parts/curl';
import classes from './live.module.css';
import type { EventLine } from './rows';

export function EventBody({ event }: { event: EventLine }) {
  const allowed = useRight('personal');
  return (
    <Stack gap="sm" className={classes.body}>
      <dl className={classes.facts}>
        <dt>Event</dt>
        <dd>{event.name}</dd>
        <dt>Source</dt>
        <dd>{event.source}</dd>
        <dt>Number</dt>
        <dd data-numbers>{event.seq}</dd>
        <dt>Came in</dt>
        <dd>
          <Instant at={event.received_at} form="date" />
        </dd>
      </dl>
      {allowed ? (
        <Properties seq={event.seq} />
      ) : (
        <Text size="sm" c="dimmed">
          Its properties may name a person; your role does not show them.
        </Text>
      )}
    </Stack>
  );
}

function Properties({ seq }: { seq: number }) {
  const asked = useAsk('/v1/events/{seq}', { path: { seq } });
  if (asked.error) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <Skeletons lines={3} label="Loading the event" />;
  const { properties, message_id, place, order_id, wire, path, note } = asked.data;
  const own = [
    { name: 'message id', text: message_id },
    { name: 'place', text: place },
    { name: 'order id', text: order_id },
  ].filter((one): one is { name: string; text: string } => one.text !== null);
  return (
    <>
      <dl className={classes.facts}>
        {[...own, ...properties].map(({ name, text }) => (
          <Property key={name} name={name} text={text} />
        ))}
      </dl>
      <Group gap="sm">
        {wire !== null && path !== null ? (
          <CopyButton text={curl(window.location.origin, path, wire)} label="Copy as curl" />
        ) : null}
        <Text size="sm" c="dimmed" flex={1} miw={200}>
          {note}
        </Text>
      </Group>
    </>
  );
}

const Property = ({ name, text }: { name: string; text: string }) => (
  <>
    <dt>{name}</dt>
    <dd>
      <Code className={classes.value}>{text}</Code>
    </dd>
  </>
);
