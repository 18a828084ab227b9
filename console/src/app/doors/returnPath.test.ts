import { expect, test } from 'vitest';

import { keepReturn, returnPath, takeReturn } from './returnPath';

test('one comes back to where one was', () => {
  expect(returnPath('/customers?q=u1#notes')).toBe('/customers?q=u1#notes');
});

test.each([null, '', 'customers', 'https://shop.invalid/', '//shop.invalid', '/\\shop.invalid', 'javascript:alert(1)', '/sign-in'])(
  'no address leads to another site: %s',
  (to) => {
    expect(returnPath(to)).toBe('/');
  },
);

test('what was kept for another house is given once', () => {
  keepReturn('/segments');
  expect([takeReturn(), takeReturn()]).toEqual(['/segments', null]);
});
