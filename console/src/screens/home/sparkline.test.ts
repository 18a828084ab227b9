import { expect, test } from 'vitest';

import { dots, HEIGHT, path, WIDTH } from './sparkline';

test('a curve goes from edge to edge, with its highest day on top', () => {
  const [first, , last] = dots([0, 10, 5]);
  expect(first?.x).toBe(3);
  expect(last?.x).toBe(WIDTH - 3);
  expect(dots([0, 10, 5]).map((dot) => dot?.y)).toEqual([HEIGHT - 3, 3, HEIGHT / 2]);
});

test('it breaks where a day is unknown', () => {
  expect(path([1, null, 1, 1])).toMatch(/^M[\d. ]+M[\d. ]+L[\d. ]+$/);
});

test('days that are all alike, or none, are no error', () => {
  expect(path([0, 0])).toContain('L');
  expect(path([])).toBe('');
  expect(path([null])).toBe('');
});
