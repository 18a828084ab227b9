/** The parts of a score as one bar: what speaks for it to the right of the line, what speaks against it to the left. */
import { Tooltip } from '@mantine/core';

import type { Candidate } from '../../api/simulation';
import classes from './decisions.module.css';

/** Kinds of parts, as the recommender names them. */
export const KINDS = [
  { kind: 'own', label: 'bought before' },
  { kind: 'similar', label: 'similar customers' },
  { kind: 'together', label: 'goes with what was bought' },
  { kind: 'popular', label: 'popular' },
] as const;

const share = (part: number, most: number) => `${((100 * Math.abs(part)) / most).toFixed(2)}%`;

export function PartsBar({ parts, most }: { parts: Candidate['parts']; most: number }) {
  const against = parts.filter(({ part }) => part < 0);
  const written = parts.map(({ text, part_text: value }) => `${value}: ${text}`);
  return (
    <Tooltip multiline w={320} label={written.map((line) => <div key={line}>{line}</div>)}>
      <span className={classes.parts} role="img" aria-label={written.join(' ')}>
        {against.length > 0 ? (
          <span className={classes.against}>
            {against.map(({ text, part }) => (
              <span key={text} style={{ width: share(part, most) }} />
            ))}
          </span>
        ) : null}
        <span className={classes.forIt}>
          {parts
            .filter(({ part }) => part > 0)
            .map(({ text, part, kind }) => (
              <span key={text} data-kind={kind} style={{ width: share(part, most) }} />
            ))}
        </span>
      </span>
    </Tooltip>
  );
}
