import { expect, it } from 'vitest';

import { dayLabels } from './days';

it('names consecutive days across a change of clocks', () => {
  expect(dayLabels('2026-03-27T23:00:00Z', 3)).toEqual(['28 Mar', '29 Mar', '30 Mar']);
});
