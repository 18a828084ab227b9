import { act, cleanup, renderHook } from '@testing-library/react';
import { useState, type ReactNode } from 'react';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { changedQuery, useUrlState } from './useUrlState';

const useBoth = () => ({ tab: useUrlState('tab', 'recorded'), find: useUrlState('q', '') });

function Routed({ children }: { children: ReactNode }) {
  const [router] = useState(() => createBrowserRouter([{ path: '*', element: children }]));
  return <RouterProvider router={router} />;
}

const hook = () => renderHook(useBoth, { wrapper: Routed }).result;

const settled = (handler: () => void) => act(() => Promise.resolve().then(handler));

beforeEach(() => window.history.replaceState(null, '', '/decisions?q=milk#top'));

afterEach(cleanup);

test('state is read from the address, and the default does not stand there', async () => {
  const state = hook();
  expect([state.current.tab[0], state.current.find[0]]).toEqual(['recorded', 'milk']);
  await settled(() => state.current.find[1](''));
  expect(window.location.href).toMatch(/\/decisions#top$/);
});

test('two settings in one handler make one step, and neither is lost', async () => {
  const state = hook();
  const steps = window.history.length;
  await settled(() => {
    state.current.tab[1]('simulated', { push: true });
    state.current.find[1]('tea & cake');
  });
  expect(window.location.search).toBe('?q=tea+%26+cake&tab=simulated');
  expect(window.history.length).toBe(steps + 1);
  expect(state.current.find[0]).toBe('tea & cake');
});

test('a query keeps what was not changed', () => {
  expect(changedQuery('?a=1&b=2', new Map([['b', null], ['c', '3']]))).toBe('a=1&c=3'); // prettier-ignore
});
