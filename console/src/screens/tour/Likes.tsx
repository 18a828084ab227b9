/** What they like: the categories that they keep coming back to. */
import { Text } from '@mantine/core';

import { risen } from './compare';
import type { Household, TourCustomer } from './data';
import { Titled } from './Titled';
import classes from './tour.module.css';

const MOST = 6;
/** How many of those that rose since stand below. */
const RISEN = 6;

interface LikesProps {
  household: Household;
  /** What they liked before; what rose since is marked. */
  before?: TourCustomer['likes'];
}

export function Likes({ household: { customer }, before }: LikesProps) {
  const up = before ? risen(before, customer.likes) : new Set<string>();
  const liked = customer.likes.filter(({ category }, index) => index < MOST || up.has(category)).slice(0, MOST + RISEN);
  return (
    <>
      <h4>
        Likes <small>on how many of their shopping trips in 180 days</small>
      </h4>
      {customer.likes.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing was bought in the last 180 days.
        </Text>
      ) : null}
      <ul className={classes.likes}>
        {liked.map(({ category, share, orders, of, text }) => (
          <li key={category} data-risen={up.has(category) || undefined}>
            <Titled text={category} />
            <span className={classes.bar} aria-hidden>
              <span style={{ width: `${Math.max(share * 100, 2)}%` }} />
            </span>
            <span className={classes.often}>
              {up.has(category) ? <b>+1 </b> : null}
              <span aria-hidden data-numbers>
                {orders} of {of}
              </span>
              <span className={classes.hidden}>{text}</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
