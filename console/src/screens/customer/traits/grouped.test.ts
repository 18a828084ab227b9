import { describe, expect, it } from 'vitest';

import { grouped, isKnown, matching, type Trait } from './grouped';

const trait = (name: string, source: string, text = '1', meaning = ''): Trait => ({
  name,
  source,
  text,
  meaning,
  value: text === '–' ? null : text,
  type: 'text',
  purpose: 'personalization',
  as_of: null,
  sensitive: false,
});

const TRAITS = [
  trait('orders_90d', 'computed', '12', 'Number of Order Completed, in the last 90 days'),
  trait('kids_count', 'imported', '–'),
  trait('wine_lover', 'stated', 'yes'),
];

describe('traits', () => {
  it('are grouped by where they come from, without empty groups', () => {
    expect(grouped(TRAITS).map(([title, lines]) => [title, lines.map(({ name }) => name)])).toEqual([
      ['What they did', ['orders_90d']],
      ['What they told us, or others did', ['kids_count', 'wine_lover']],
    ]);
  });

  it('are found by every word of name, value or meaning', () => {
    const found = (wanted: string) => matching(TRAITS, wanted).map(({ name }) => name);
    expect(found('ORDERS 90')).toEqual(['orders_90d']);
    expect(found('orders_90d')).toEqual(['orders_90d']);
    expect(found('completed 12')).toEqual(['orders_90d']);
    expect(found('orders wine')).toEqual([]);
    expect(found(' ')).toHaveLength(3);
  });

  it('are known where they have a value', () => {
    expect(TRAITS.filter(isKnown).map(({ name }) => name)).toEqual(['orders_90d', 'wine_lover']);
  });
});
