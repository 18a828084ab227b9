import { expect, test } from 'vitest';

import { asItIs, instantFrom, localOf, questionOf, supposes, type Slot } from './question';

const slot = {
  name: 'spread',
  context: [
    { name: 'channel', type: 'text' },
    { name: 'basket', type: 'number' },
    { name: 'member', type: 'boolean' },
  ],
} as unknown as Slot;
const ask = (query: string) => questionOf(slot, new URLSearchParams(query));

test('an empty address asks for a stranger, now', () => {
  expect(ask('')).toMatchObject({ slot: 'spread', customer: {}, n: null, place: null, context: {}, at: null });
  expect(supposes(ask(''))).toBe(false);
});

test('facts are read as the slot declares them, and what is not of the type is left out', () => {
  expect(ask('c.channel=web&c.basket=12.5&c.member=false').context).toEqual({
    channel: 'web',
    basket: 12.5,
    member: false,
  });
  expect(ask('c.basket=many&c.member=&c.other=x').context).toEqual({});
});

test('what is supposed can be taken back', () => {
  const supposed = ask('customer=cus_1&at=2026-02-01T10:00:00Z&no_items=a%0Ab c&seed=dec_1');
  expect(supposed).toMatchObject({ at: '2026-02-01T10:00:00.000Z', without: { items: ['a', 'b c'] }, seed: 'dec_1' });
  expect(supposes(supposed)).toBe(true);
  expect(asItIs(supposed)).toMatchObject({ customer: { customer: 'cus_1' }, at: null, without: { items: [] } });
});

test('an instant goes into a field of the viewer’s zone and comes back', () => {
  const at = '2026-07-01T10:30:00.000Z';
  expect(instantFrom(localOf(at))).toBe(at);
  expect([localOf(null), instantFrom(''), instantFrom('soon')]).toEqual(['', '', '']);
  expect(ask('at=soon').at).toBeNull();
});
