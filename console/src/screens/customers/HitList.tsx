/** Customers as a list of links: who, in words, and why they were found. */
import { Text } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Link } from 'react-router';

import classes from './customers.module.css';
import type { Hits } from './useHits';

interface HitListProps {
  hits: Hits['customers'];
  label: string;
}

export const HitList = ({ hits, label }: HitListProps) => (
  <ul className={classes.hits} aria-label={label}>
    {hits.map(({ customer, title, identifiers, description, why }) => {
      const others = identifiers.map(({ kind, value }) => `${kind} ${value}`).filter((name) => name !== title);
      return (
        <li key={customer}>
          <Link to={`/customers/${customer}`} className={classes.hit}>
            <span className={classes.who}>
              <span className={classes.name}>{title}</span>
              {others.length > 0 ? (
                <Text span size="sm" c="dimmed">
                  {others.join(', ')}
                </Text>
              ) : null}
            </span>
            <Text span size="sm" c="dimmed" className={classes.description}>
              {description}
            </Text>
            <Text span size="xs" c="dimmed" className={classes.why}>
              {why}
            </Text>
            <IconChevronRight size={17} aria-hidden className={classes.open} />
          </Link>
        </li>
      );
    })}
  </ul>
);
