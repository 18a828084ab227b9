import { expect, it } from 'vitest';

import { commonOrigin, sameOrigin } from './Origin';

const from = (as_of: string | null) => ({ source: 'computed', purpose: 'personalization', as_of });

it('is what most traits share', () => {
  expect(commonOrigin([from('a'), from('b'), from('b')])).toEqual(from('b'));
});

it('is nothing where every trait has one of its own', () => {
  expect(commonOrigin([from('a'), from(null)])).toBeNull();
  expect(commonOrigin([])).toBeNull();
  expect(sameOrigin(from('a'), from(null))).toBe(false);
});
