import { expect, it } from 'vitest';

import { chosenSlots, type Slot } from './chosenSlots';

const slot = (name: string): Slot => ({
  name,
  description: '',
  kind: 'product',
  n: 3,
  purpose: 'personalization',
  basis: 'consent',
  policy: 'best',
  where: null,
  sentence: '',
  rules: [],
  context: [],
  pins: [],
  exclude: [],
});
const SLOTS = ['home', 'coupons', 'fresh'].map(slot);
const names = (wanted: string) => chosenSlots(SLOTS, wanted).map(({ name }) => name);

it('shows the slots that the address names, in the shop’s order', () => {
  expect(names('fresh,home')).toEqual(['home', 'fresh']);
});

it('shows the first two where the address names none that there is', () => {
  expect(names('')).toEqual(['home', 'coupons']);
  expect(names('gone')).toEqual(['home', 'coupons']);
});
