import { act, cleanup, renderHook } from '@testing-library/react';
import { QueryClientProvider } from '@tanstack/react-query';
import { createElement, type ReactNode } from 'react';
import { afterEach, expect, test, vi } from 'vitest';

import { asking } from '../../../api/ask';
import { queries } from '../../../api/queries';
import { useDone, type Note } from './useDone';

const NOTE = { id: 'note_1', text: 'Ring back', kind: 'task', at: '2026-06-02T12:00:00Z', done_at: null } as Note;
const TASKS = asking('/v1/tasks');

const wrapper = ({ children }: { children: ReactNode }) => createElement(QueryClientProvider, { client: queries }, children);

afterEach(() => {
  cleanup();
  queries.clear();
  vi.unstubAllGlobals();
});

test('what was asked for before a task was done does not take the tick away again', async () => {
  let answer: ((response: Response) => void) | undefined;
  vi.stubGlobal('fetch', (asked: Request) =>
    asked.method === 'GET' ? new Promise<Response>((resolve) => (answer = resolve)) : new Promise<Response>(() => undefined),
  );
  queries.setQueryData(TASKS.queryKey, [NOTE]);
  const before = queries.query({ ...TASKS, staleTime: 0 });
  await vi.waitFor(() => expect(answer).toBeDefined());
  const { result } = renderHook(useDone, { wrapper });
  await act(async () => {
    result.current(NOTE, true);
    await Promise.resolve();
  });
  answer?.(new Response(JSON.stringify([NOTE]), { status: 200 }));
  await before;
  expect(queries.getQueryData(TASKS.queryKey)).toMatchObject([{ id: 'note_1', done_at: NOTE.at }]);
});
