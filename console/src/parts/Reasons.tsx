/**
 * Why this pick: the reasons whose parts add up to its score, each a sentence and a bar from a common zero.
 *
 * <Reasons reasons={pick.reasons} />
 */
import { Text } from '@mantine/core';

import classes from './Reasons.module.css';

interface ReasonsProps {
  /** As the server sends them: `part` is the additive part of the score. */
  reasons: readonly { readonly text: string; readonly part?: number; readonly kind?: string }[];
  label?: string;
}

const percent = (share: number) => `${(share * 100).toFixed(2)}%`;

export function Reasons({ reasons, label = 'Reasons' }: ReasonsProps) {
  const parts = reasons.map(({ part = 0 }) => part);
  const least = Math.min(0, ...parts);
  const span = Math.max(0, ...parts) - least || 1;
  return (
    <ul className={classes.list} aria-label={label}>
      {reasons.map(({ text, part = 0, kind }) => (
        <li key={`${kind ?? ''} ${text}`}>
          <Text size="sm" component="span">
            {text}
          </Text>
          {part === 0 ? null : (
            <span className={classes.track} aria-hidden>
              <span
                className={classes.bar}
                data-against={part < 0 || undefined}
                style={{ left: percent((Math.min(0, part) - least) / span), width: percent(Math.abs(part) / span) }}
              />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
