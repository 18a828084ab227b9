import { expect, test } from 'vitest';

import { exactInstant, formatInstant, relativeInstant } from './instants';

const NOW = Date.parse('2017-12-04T10:00:00Z');
const ago = (text: string) => relativeInstant(Date.parse(text), NOW);

test.each([
  ['2017-12-04T10:00:00Z', 'now'],
  ['2017-12-04T09:59:20Z', '40 seconds ago'],
  ['2017-12-04T07:00:00Z', '3 hours ago'],
  ['2017-12-03T09:00:00Z', 'yesterday'],
  ['2017-09-04T10:00:00Z', '2 months ago'],
  ['2019-12-05T10:00:00Z', 'in 2 years'],
])('%s is %s', (at, said) => {
  expect(ago(at)).toBe(said);
});

test('an instant is written in the zone that is asked for', () => {
  expect(formatInstant(NOW, 'Asia/Tokyo')).toMatch(/7:00/);
  expect(exactInstant(NOW, 'America/New_York')).toMatch(/5:00:00.*(EST|GMT-5)/);
});
