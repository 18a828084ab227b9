/** One trait: its name and value; below, what it means, and whatever of its origin its group has not said already. */
import { Badge, Text } from '@mantine/core';

import { Instant } from '../../../parts/Instant';
import classes from '../customer.module.css';
import { inWords } from '../inWords';
import type { Trait } from './grouped';
import { Origin, sameOrigin, type From } from './Origin';

interface TraitRowProps {
  trait: Trait;
  /** What the group's heading says of all its traits. */
  said: From | null;
}

export function TraitRow({ trait, said }: TraitRowProps) {
  const own = said !== null && sameOrigin(trait, said) ? null : trait;
  return (
    <li className={classes.trait}>
      <span className={classes.label}>
        {inWords(trait.name)}{' '}
        {trait.sensitive ? (
          <Badge size="xs" variant="light" color="yellow">
            sensitive
          </Badge>
        ) : null}
      </span>
      <span className={classes.value} data-numbers>
        <Value trait={trait} />
      </span>
      {trait.meaning || own ? (
        <Text component="span" size="xs" c="dimmed" className={classes.meta}>
          {trait.meaning}
          {trait.meaning && own ? ' · ' : ''}
          {own ? <Origin from={own} /> : null}
        </Text>
      ) : null}
    </li>
  );
}

const MICROS = 1_000;

/** Instants come as microseconds since 1970. */
function Value({ trait: { type, value, text } }: { trait: Trait }) {
  if (type !== 'instant' || typeof value !== 'number') return text;
  return <Instant at={new Date(value / MICROS).toISOString()} form="date" />;
}
