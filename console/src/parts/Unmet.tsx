/** Conditions that do not hold, with what they read of the customer. */
import { List } from '@mantine/core';

import type { Candidate } from '../api/simulation';

export const Unmet = ({ conditions }: { conditions: Candidate['unmet'] }) => (
  <List size="sm" c="dimmed">
    {conditions.map(({ sentence, values }) => (
      <List.Item key={sentence}>
        It would take that {sentence}; here{' '}
        {values.map(([name, value]) => `${name}: ${value}`).join(', ')}.
      </List.Item>
    ))}
  </List>
);
