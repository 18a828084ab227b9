/**
 * One big number: label, value as the server wrote it, what changed, its interval.
 *
 * <Figure label="Revenue per customer" value="$48.20" delta={{ text: '+$1.90 since yesterday', good: true }}
 *         interval="95 %: $0.40 to $3.40" />
 */
import { Stack, Text } from '@mantine/core';
import { IconArrowDownRight, IconArrowUpRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import classes from './Figure.module.css';

interface FigureProps {
  label: ReactNode;
  value: ReactNode;
  delta?: { text: string; good: boolean | null; up?: boolean };
  interval?: ReactNode;
  /** One line below: of what, since when. */
  note?: ReactNode;
}

export function Figure({ label, value, delta, interval, note }: FigureProps) {
  const Arrow = (delta?.up ?? delta?.good) ? IconArrowUpRight : IconArrowDownRight;
  return (
    <Stack gap={2} role="group" aria-label={typeof label === 'string' ? label : undefined}>
      <Text size="sm" c="dimmed" component="div">
        {label}
      </Text>
      <div className={classes.value} data-numbers>
        {value}
      </div>
      {delta ? (
        <Text size="sm" component="div" className={classes.delta} data-good={delta.good ?? undefined}>
          <Arrow size={15} aria-hidden /> {delta.text}
        </Text>
      ) : null}
      {interval ? (
        <Text size="sm" c="dimmed" component="div" data-numbers>
          {interval}
        </Text>
      ) : null}
      {note ? (
        <Text size="xs" c="dimmed" component="div">
          {note}
        </Text>
      ) : null}
    </Stack>
  );
}
