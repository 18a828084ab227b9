import { expect, test } from 'vitest';

import { placed } from './interval';

test('zero stands in the middle, and the farther end near the edge', () => {
  const { low, point, high } = placed(-10, 5, 20);
  expect(high).toBeCloseTo(0.94);
  expect(low).toBeCloseTo(0.28);
  expect(point).toBeCloseTo(0.61);
});

test('an interval without a width lies on zero', () => {
  expect(placed(0, 0, 0)).toEqual({ low: 0.5, point: 0.5, high: 0.5 });
});
