import { expect, it } from 'vitest';

import { noonOf } from './noon';

it('gives noon of the day in the viewer’s zone', () => {
  const noon = new Date(noonOf('2026-03-09') ?? '');
  expect([noon.getFullYear(), noon.getMonth(), noon.getDate(), noon.getHours()]).toEqual([2026, 2, 9, 12]);
});

it('gives nothing where no day is chosen', () => {
  expect(noonOf('')).toBeNull();
});
