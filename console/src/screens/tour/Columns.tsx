/**
 * The two side by side, row by row at the same height; below each other where it is narrow.
 *
 * <Columns households={households} rows={[(one, other) => <Who household={one} />]} />
 */
import { Anchor } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { CSSProperties, ReactNode } from 'react';

import { ErrorCard } from '../../parts/ErrorCard';
import { lookAgain, nameOf, type Household } from './data';
import classes from './tour.module.css';

type Row = (one: Household, other: Household | undefined) => ReactNode;

interface ColumnsProps {
  households: readonly Household[];
  rows: readonly Row[];
  /** Stands beside the name. */
  aside?: (one: Household) => ReactNode;
}

export function Columns({ households, rows, aside }: ColumnsProps) {
  return (
    <div className={classes.columns} style={{ '--rows': rows.length + 1 } as CSSProperties}>
      {households.map((one, index) => (
        <section key={one.customer.customer} className={classes.column} data-letter={one.letter} aria-label={`Customer ${nameOf(one)}`}>
          <header className={classes.name}>
            <span className={classes.letter} aria-hidden>
              {one.letter}
            </span>
            <h3>Customer {nameOf(one)}</h3>
            <Anchor
              component={Link}
              to={`/customers/${one.customer.customer}`}
              size="sm"
              aria-label={`Everything about customer ${nameOf(one)}`}
            >
              <IconExternalLink size={17} aria-hidden />
            </Anchor>
            {aside ? <div className={classes.aside}>{aside(one)}</div> : null}
          </header>
          {one.error ? <ErrorCard error={one.error} again={lookAgain} /> : null}
          {rows.map((row, at) => (
            // Rows have no identity but their place.
            <div key={at} className={classes.row}>
              {row(one, households[1 - index])}
            </div>
          ))}
        </section>
      ))}
    </div>
  );
}
