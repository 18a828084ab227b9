/**
 * Why this pick: the reasons whose parts add up to its score, each a sentence and a bar from a common zero.
 *
 * <Reasons reasons={pick.reasons} />
 */
import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './Reasons.module.css';

interface Reason {
  readonly text: string;
  readonly part?: number;
  readonly kind?: string;
  /** What the part adds, as the server wrote it. */
  readonly part_text?: string;
}

interface ReasonsProps<R extends Reason> {
  /** As the server sends them: `part` is the additive part of the score. */
  reasons: readonly R[];
  label?: string;
  /** Stands below a reason: what can be done about it. */
  action?: (reason: R) => ReactNode;
}

const percent = (share: number) => `${(share * 100).toFixed(2)}%`;

export function Reasons<R extends Reason>({ reasons, label = 'Reasons', action }: ReasonsProps<R>) {
  const parts = reasons.map(({ part = 0 }) => part);
  const least = Math.min(0, ...parts);
  const span = Math.max(0, ...parts) - least || 1;
  return (
    <ul className={classes.list} aria-label={label}>
      {reasons.map((reason) => {
        const { text, part = 0, kind, part_text: written } = reason;
        return (
          <li key={`${kind ?? ''} ${text}`}>
            <Group justify="space-between" align="baseline" wrap="nowrap" gap="md">
              <Text size="sm" component="span">
                {text}
              </Text>
              {written ? (
                <Text size="sm" component="span" data-numbers className={classes.written}>
                  {written}
                </Text>
              ) : null}
            </Group>
            {part === 0 ? null : (
              <span className={classes.track} aria-hidden>
                <span
                  className={classes.bar}
                  data-against={part < 0 || undefined}
                  style={{ left: percent((Math.min(0, part) - least) / span), width: percent(Math.abs(part) / span) }}
                />
              </span>
            )}
            {action?.(reason)}
          </li>
        );
      })}
    </ul>
  );
}
