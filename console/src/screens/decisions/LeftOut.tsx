/** What is supposed never to have happened, to be taken back. */
import { Button, Group, Pill, Text } from '@mantine/core';

import type { Simulation } from '../../api/simulation';
import { BETWEEN, LEFT, leftKey, leftOut, type Left } from './question';
import type { Changes } from './useQuestion';

const WORDS: Readonly<Record<Left, string>> = { items: 'purchases of', orders: 'the order', traits: 'the trait' };

interface LeftOutProps {
  absent: Simulation['without'];
  query: URLSearchParams;
  onChange: (changes: Changes) => void;
}

export function LeftOut({ absent, query, onChange }: LeftOutProps) {
  if (absent.length === 0) return null;
  const back = (what: Left, id: string) =>
    onChange({
      [leftKey(what)]: leftOut(query, what)
        .filter((other) => other !== id)
        .join(BETWEEN),
    });
  return (
    <Group gap="xs" component="section" aria-label="Left out">
      <Text size="sm">Suppose without</Text>
      {absent.map(({ what, id, title }) => (
        <Pill
          key={`${what} ${id}`}
          withRemoveButton
          onRemove={() => back(what, id)}
          removeButtonProps={{ 'aria-label': `Take back: ${WORDS[what]} ${title}`, tabIndex: 0, 'aria-hidden': false }}
        >
          {`${WORDS[what]} ${title}`}
        </Pill>
      ))}
      <Button
        size="compact-xs"
        variant="subtle"
        onClick={() => onChange(Object.fromEntries(LEFT.map((what) => [leftKey(what), null])))}
      >
        Take all back
      </Button>
    </Group>
  );
}
