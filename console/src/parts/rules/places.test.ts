import { describe, expect, it } from 'vitest';

import { mended, pieces } from './places';

describe('pieces', () => {
  it('cuts a text at its mistakes', () => {
    expect(pieces('order_90d > 3 and x', [{ start: 0, end: 9 }, { start: 18, end: 19 }])).toEqual([
      { text: 'order_90d', mistake: 0 },
      { text: ' > 3 and ', mistake: null },
      { text: 'x', mistake: 1 },
    ]);
  });

  it('counts characters, not halves of them', () => {
    expect(pieces("t = '🛒' and x", [{ start: 12, end: 13 }])[1]).toEqual({ text: 'x', mistake: 0 });
  });

  it('survives mistakes that overlap or lie beyond the text', () => {
    expect(pieces('abc', [{ start: 0, end: 9 }, { start: 1, end: 2 }])).toEqual([{ text: 'abc', mistake: 0 }]);
    expect(pieces('', [{ start: 0, end: 0 }])).toEqual([]);
  });
});

it('mends a text in its place', () => {
  expect(mended("t = '🛒' and ordrs > 3", { start: 12, end: 17 }, 'orders')).toBe("t = '🛒' and orders > 3");
});
