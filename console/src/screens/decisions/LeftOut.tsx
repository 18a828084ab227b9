/** What is supposed never to have happened, to be taken back. */
import { Button, Group, Pill, Text } from '@mantine/core';

import { BETWEEN, LEFT, leftKey, leftOut, type Left } from './question';
import type { Changes } from './useQuestion';

const WORDS: Readonly<Record<Left, string>> = { items: 'purchases of', orders: 'the order', traits: 'the trait' };

interface LeftOutProps {
  query: URLSearchParams;
  onChange: (changes: Changes) => void;
}

export function LeftOut({ query, onChange }: LeftOutProps) {
  const all = LEFT.flatMap((what) => leftOut(query, what).map((id) => ({ what, id })));
  if (all.length === 0) return null;
  const back = (what: Left, id: string) =>
    onChange({
      [leftKey(what)]: leftOut(query, what)
        .filter((other) => other !== id)
        .join(BETWEEN),
    });
  return (
    <Group gap="xs" component="section" aria-label="Supposed">
      <Text size="sm">Suppose without</Text>
      {all.map(({ what, id }) => (
        <Pill
          key={`${what} ${id}`}
          withRemoveButton
          onRemove={() => back(what, id)}
          removeButtonProps={{ 'aria-label': `Take back: ${WORDS[what]} ${id}`, tabIndex: 0, 'aria-hidden': false }}
        >
          {`${WORDS[what]} ${id}`}
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
