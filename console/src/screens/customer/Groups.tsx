/** The households and companies that the customer belongs to; nothing where there are none. */
import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';

import { useAsk } from '../../api/ask';
import { Instant } from '../../parts/Instant';
import { groupPath } from '../groups/groups';
import classes from './customer.module.css';
import { Section } from './Section';

export function Groups({ customer }: { customer: string }) {
  const { data } = useAsk('/v1/customers/{customer}/groups', { path: { customer } });
  if (!data || data.length === 0) return null;
  return (
    <Section title="Groups">
      <ul className={classes.rows}>
        {data.map(({ kind, id, since, source, claimed }) => (
          <li key={`${kind} ${id}`}>
            {claimed ? (
              <Text span fw={600}>
                {id}
              </Text>
            ) : (
              <Anchor component={Link} to={groupPath(kind, id)} fw={600}>
                {id}
              </Anchor>
            )}
            <Text span size="xs" c="dimmed" className={classes.aside}>
              since <Instant at={since} form="date" />
            </Text>
            <Text size="sm" c="dimmed">
              {kind}, from {source}
              {claimed ? '; only a browser said so' : null}
            </Text>
          </li>
        ))}
      </ul>
    </Section>
  );
}
