/** What stood here before and does not now, with the server's word on why. */
import { Text } from '@mantine/core';

import type { Candidate, Simulation } from '../../api/simulation';
import { Titled } from './Titled';
import classes from './tour.module.css';

export function Gone({ gone, simulation }: { gone: readonly Candidate[]; simulation: Simulation }) {
  if (gone.length === 0) return null;
  const now = [...simulation.ranked, ...simulation.refused];
  return (
    <ul className={classes.gone} aria-label="Gone">
      {gone.map(({ item, title }) => {
        const why = now.find((one) => one.item === item)?.why;
        return (
          <li key={item}>
            <del>
              <Titled text={title} />
            </del>
            <Text component="span" size="sm" c="dimmed">
              {' '}
              gone. {why}
            </Text>
          </li>
        );
      })}
    </ul>
  );
}
