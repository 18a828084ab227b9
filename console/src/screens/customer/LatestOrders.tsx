/** The latest orders, net of what was given back. */
import { Text } from '@mantine/core';

import { Instant } from '../../parts/Instant';
import classes from './customer.module.css';
import { Section } from './Section';
import type { Page } from './Who';

const NAMED = 4;

export const LatestOrders = ({ orders }: { orders: Page['latest_orders'] }) =>
  orders.length === 0 ? null : (
    <Section title="Latest orders">
      <ul className={classes.rows}>
        {orders.map(({ at, items, text }) => (
          <li key={`${at} ${text}`}>
            <Text span size="sm" c="dimmed">
              <Instant at={at} form="date" />
            </Text>
            <Text span fw={600} className={classes.aside} data-numbers>
              {text}
            </Text>
            <Text size="sm">
              {items.slice(0, NAMED).join(', ')}
              {items.length > NAMED ? ` and ${items.length - NAMED} more` : ''}
            </Text>
          </li>
        ))}
      </ul>
    </Section>
  );
