/** One row: when, what happened in words, whose, from where; opens to the whole event. */
import { Anchor, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useId } from 'react';
import { Link } from 'react-router';

import { Instant } from '../../parts/Instant';
import { EventBody } from './EventBody';
import classes from './live.module.css';
import type { EventLine } from './rows';

interface EventRowProps {
  event: EventLine;
  open: boolean;
  onToggle: () => void;
}

const END = 8;

export function EventRow({ event, open, onToggle }: EventRowProps) {
  const body = useId();
  return (
    <li className={classes.row} data-open={open || undefined}>
      <div className={classes.line}>
        <UnstyledButton
          className={classes.words}
          onClick={onToggle}
          aria-expanded={open}
          aria-controls={open ? body : undefined}
        >
          <IconChevronRight size={16} className={classes.chevron} aria-hidden />
          <span>{event.words}</span>
        </UnstyledButton>
        <span className={classes.meta}>
          {event.customer ? (
            <Anchor
              component={Link}
              to={`/customers/${encodeURIComponent(event.customer)}`}
              size="sm"
              aria-label={`Customer …${event.customer.slice(-END)}: open the page`}
            >
              …{event.customer.slice(-END)}
            </Anchor>
          ) : null}
          <span className={classes.source}>{event.source}</span>
          <Instant at={event.at} />
        </span>
      </div>
      {open ? (
        <div id={body}>
          <EventBody event={event} />
        </div>
      ) : null}
    </li>
  );
}
