import { describe, expect, it } from 'vitest';

import { isSame, isShouted, moves, onlyHere, risen } from './compare';

const items = (...ids: string[]) => ids.map((item) => ({ item }));
const names = (...all: string[]) => all.map((name) => ({ name }));

describe('what is different', () => {
  it('finds what only one of two is shown', () => {
    expect(onlyHere(items('a', 'b'), items('b', 'c'))).toEqual(items('a'));
  });
  it('takes another order for another answer', () => {
    expect(isSame(items('a', 'b'), items('a', 'b'))).toBe(true);
    expect(isSame(items('a', 'b'), items('b', 'a'))).toBe(false);
    expect(isSame(items('a'), items('a', 'b'))).toBe(false);
  });
  it('tells entered from left', () => {
    expect(moves(names('x', 'y'), names('y', 'z'))).toEqual({ entered: names('z'), left: names('x') });
  });
  it('takes a category that is on one more order for risen, also where it was none before', () => {
    const before = [{ category: 'tea', orders: 2 }];
    const after = [{ category: 'tea', orders: 3 }, { category: 'bread', orders: 1 }];
    expect(risen(before, after)).toEqual(new Set(['tea', 'bread']));
    expect(risen(after, after)).toEqual(new Set());
  });
  it('knows what a till prints from what people write', () => {
    expect(isShouted('FLUID MILK 1 GA')).toBe(true);
    expect(isShouted('Tea no. 1')).toBe(false);
    expect(isShouted('12345')).toBe(false);
  });
});
