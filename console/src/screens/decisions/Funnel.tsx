/** What each rule left of the candidates, in the order in which the rules are asked. */
import { Text } from '@mantine/core';

import type { Simulation } from '../../api/simulation';
import classes from './decisions.module.css';

/** A bar of a tenth of a thousand would be nothing: widths go by the logarithm. */
const width = (count: number, total: number) => `${(100 * Math.log1p(count)) / Math.log1p(Math.max(total, 1))}%`;
const grouped = (count: number) => count.toLocaleString('en');

export const Funnel = ({ sieves, total }: { sieves: Simulation['funnel']; total: number }) => (
  <ol className={classes.funnel} aria-label="Funnel">
    {sieves.map(({ rule, text, failed, passed }) => (
      <li key={rule} data-idle={failed === 0 || undefined}>
        <div className={classes.sieve}>
          <Text component="span" size="sm">
            {text}
          </Text>
          <Text component="span" size="sm" data-numbers className={classes.count}>
            <strong>{grouped(passed)}</strong>
            {failed > 0 ? <span className={classes.failed}> −{grouped(failed)}</span> : null}
          </Text>
        </div>
        <span className={classes.bar} aria-hidden>
          <span style={{ width: width(passed, total) }} />
        </span>
      </li>
    ))}
  </ol>
);
