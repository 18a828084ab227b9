import { expect, test } from 'vitest';

import { changedVersions, nowOf, simulatorOf } from './record';

const line = { id: 'dec_1', slot: 'spread', customer: 'cus_1', place: 's1' } as never;

test('a recorded decision is asked again with its own draws', () => {
  const question = nowOf({ line, n: 3, context: { channel: 'a&b', member: true } });
  expect(question).toMatchObject({ slot: 'spread', customer: { customer: 'cus_1' }, seed: 'dec_1', n: 3, place: 's1' });
  expect(question && simulatorOf(question)).toBe(
    '/decisions?slot=spread&customer=cus_1&n=3&place=s1&seed=dec_1&c.channel=a%26b&c.member=true',
  );
});

test('an order of the caller’s own list is no slot to be filled again', () => {
  expect(nowOf({ line: { slot: 'rank' } as never, n: 2, context: {} })).toBeNull();
});

test('versions that differ are named', () => {
  expect(changedVersions({ definitions: 'a', coupons: '1' }, { definitions: 'b', coupons: '1', extra: '1' })).toEqual([
    'definitions',
    'extra',
  ]);
});
