/** Other rules that ask the same, the same and more, or read the same traits. */
import { Anchor, Badge, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';

import type { Detail } from './api';

const NOUNS: Readonly<Record<string, string>> = {
  segment: 'Segment',
  offer: 'Offer',
  offer_rule: 'Rule of offers',
  slot: 'Slot',
};

export function Uses({ uses }: { uses: Detail['uses'] }) {
  if (uses.length === 0) return <Text c="dimmed">No other rule reads the same.</Text>;
  return (
    <Stack gap="sm">
      {uses.map((use) => (
        <div key={`${use.noun} ${use.name}`}>
          <Group gap="xs">
            <Badge variant="light" color="gray">
              {NOUNS[use.noun] ?? use.noun}
            </Badge>
            {use.noun === 'segment' ? (
              <Anchor component={Link} to={`/segments/${encodeURIComponent(use.name)}`} fw={600}>
                {use.name}
              </Anchor>
            ) : (
              <Text fw={600}>{use.name}</Text>
            )}
            <Text size="sm" c="dimmed">
              {use.text}
            </Text>
          </Group>
          <Text size="sm">{use.sentence}</Text>
        </div>
      ))}
    </Stack>
  );
}
