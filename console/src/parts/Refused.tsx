/** What a rule kept out, each with the rule's words and the customer's values that made it fail. */
import { Stack, Text, Title } from '@mantine/core';

import type { Candidate } from '../api/simulation';
import classes from './Picks.module.css';
import { Unmet } from './Unmet';

export const Refused = ({ candidates }: { candidates: readonly Candidate[] }) => (
  <Stack gap="xs" component="section" aria-label="Kept out by a rule">
    <Title order={3}>Kept out by a rule</Title>
    <ul className={classes.refused}>
      {candidates.map((one) => (
        <li key={one.item}>
          <Text component="span" size="sm" fw={600}>
            {one.title}
          </Text>
          <Text size="sm" c="dimmed">
            {one.why}
          </Text>
          {one.unmet.length > 0 ? <Unmet conditions={one.unmet} /> : null}
        </li>
      ))}
    </ul>
  </Stack>
);
