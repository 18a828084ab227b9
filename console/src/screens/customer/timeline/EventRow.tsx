/** One event: when, what, how much; its properties and lines on demand, and the way to the decision. */
import { Anchor, Collapse, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import { Link } from 'react-router';

import { exactInstant } from '../../../parts/instants';
import { EventIcon } from './EventIcon';
import classes from './timeline.module.css';
import type { TimelineEvent } from './useTimeline';

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

export function EventRow({ event }: { event: TimelineEvent }) {
  const [opened, { toggle }] = useDisclosure();
  const millis = Date.parse(event.at);
  return (
    <li className={classes.event}>
      <UnstyledButton className={classes.head} onClick={toggle} aria-expanded={opened}>
        <EventIcon name={event.name} />
        <time dateTime={event.at} title={exactInstant(millis)} className={classes.time} data-numbers>
          {clock.format(millis)}
        </time>
        <span className={classes.sentence}>{event.sentence}</span>
        <span className={classes.amount} data-numbers>
          {event.amount}
        </span>
        <IconChevronDown size={16} aria-hidden className={classes.chevron} data-opened={opened || undefined} />
      </UnstyledButton>
      <Collapse expanded={opened} keepMounted={false}>
        <Details event={event} />
      </Collapse>
    </li>
  );
}

function Details({ event }: { event: TimelineEvent }) {
  return (
    <div className={classes.details}>
      {event.items.length > 0 ? (
        <ul className={classes.items} aria-label="Items">
          {event.items.map((item, index) => (
            <li key={`${index} ${item.id}`}>
              <span>
                {item.quantity === 1 ? '' : `${item.quantity} × `}
                {item.title}
                {item.note ? (
                  <Text span size="xs" c="dimmed">
                    {' '}
                    {item.note}
                  </Text>
                ) : null}
              </span>
              <span data-numbers>{item.amount}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <dl className={classes.properties}>
        <Property label="event" text={event.name} />
        <Property label="from" text={event.source} />
        <Property label="at" text={exactInstant(Date.parse(event.at))} />
        {event.details.map(({ label, text }) => (
          <Property key={label} label={label} text={text} />
        ))}
      </dl>
      {event.decision === null ? null : (
        <Anchor component={Link} to={`/decisions/${encodeURIComponent(event.decision)}`} size="sm">
          See the decision
        </Anchor>
      )}
    </div>
  );
}

const Property = ({ label, text }: { label: string; text: string }) => (
  <div>
    <dt>{label}</dt>
    <dd>{text}</dd>
  </div>
);
