/**
 * An instant: how long ago by the shop's clock, or the date in the viewer's zone; exactly on hover and focus.
 *
 * <Instant at="2017-12-04T09:30:00Z" />  <Instant at={event.at} form="date" />
 */
import { Tooltip } from '@mantine/core';

import { useShopNow } from '../app/clock';
import { exactInstant, formatInstant, relativeInstant } from './instants';

interface InstantProps {
  /** ISO 8601 with a zone, as the server sends it. */
  at: string;
  /** `relative`: "3 hours ago". `date`: "4 Dec 2017, 10:00" in the viewer's zone. */
  form?: 'relative' | 'date';
}

export function Instant({ at, form = 'relative' }: InstantProps) {
  const now = useShopNow();
  const millis = Date.parse(at);
  if (Number.isNaN(millis)) return <span>{at}</span>;
  return (
    <Tooltip label={exactInstant(millis)}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the exact instant shows on focus too */}
      <time dateTime={at} tabIndex={0}>
        {form === 'date' ? formatInstant(millis) : relativeInstant(millis, now)}
      </time>
    </Tooltip>
  );
}
