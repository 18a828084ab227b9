/** The segments that hold for the customer now, in words, and since when. */
import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';

import { Instant } from '../../parts/Instant';
import classes from './customer.module.css';
import { inWords } from './inWords';
import { Section } from './Section';
import type { Page } from './Who';

export const Segments = ({ segments }: { segments: Page['segments'] }) => (
  <Section title="Segments">
    {segments.length === 0 ? <Text c="dimmed">In no segment now.</Text> : null}
    <ul className={classes.rows}>
      {segments.map(({ name, sentence, description, since }) => (
        <li key={name}>
          <Anchor component={Link} to={`/customers?segment=${encodeURIComponent(name)}`} fw={600}>
            {inWords(name)}
          </Anchor>
          {since === null ? null : (
            <Text span size="xs" c="dimmed" className={classes.aside}>
              since <Instant at={since} form="date" />
            </Text>
          )}
          {description ? <Text size="sm">{description}</Text> : null}
          <Text size="sm" c="dimmed">
            {sentence}
          </Text>
        </li>
      ))}
    </ul>
  </Section>
);
