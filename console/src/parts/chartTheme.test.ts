import { expect, test, vi } from 'vitest';

import { dressed } from './chartTheme';

test('no option can have a tooltip made of markup', () => {
  vi.stubGlobal('matchMedia', () => ({ matches: true }));
  expect(dressed({ tooltip: { renderMode: 'html', trigger: 'item' } })).toMatchObject({
    animation: false,
    tooltip: { renderMode: 'richText', trigger: 'item' },
  });
});
