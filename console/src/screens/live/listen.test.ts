import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const signInAgain = vi.hoisted(() => vi.fn(() => Promise.resolve(true)));
vi.mock('../../api/expiry', () => ({ signInAgain }));

import { listen, type Connection } from './useStream';

class Source extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Source[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    Source.opened.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
  tell(kind: string, data: unknown) {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) }));
  }
  fail(state: number) {
    this.readyState = state;
    this.dispatchEvent(new Event('error'));
  }
}

const last = () => Source.opened.at(-1);
const anything = { name: '', source: '', customer: '' };
const heard = () => ({ onRows: vi.fn(), onConnection: vi.fn<(connection: Connection) => void>() });

beforeEach(() => {
  Source.opened = [];
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', Source);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('what comes together is handed on together', () => {
  const { onRows, onConnection } = heard();
  const end = listen({ ...anything, name: 'Order Completed' }, 7, { onRows, onConnection });
  expect(last()?.url).toBe('/v1/events/stream?after=7&name=Order+Completed');
  for (const seq of [8, 9]) last()?.tell('event', { seq });
  expect(onRows).not.toHaveBeenCalled();
  vi.advanceTimersByTime(500);
  expect(onRows).toHaveBeenCalledTimes(1);
  expect(onRows.mock.calls[0]?.[1]).toBe(9);
  end();
});

test('a stream that was refused is tried again from the number that is known, a lost one is left to the browser', () => {
  const told = heard();
  const end = listen(anything, 7, told);
  last()?.tell('event', { seq: 8 });
  last()?.fail(0);
  vi.advanceTimersByTime(60_000);
  expect(Source.opened).toHaveLength(1);
  last()?.fail(Source.CLOSED);
  vi.advanceTimersByTime(5_000);
  expect(last()?.url).toBe('/v1/events/stream?after=8');
  expect(told.onConnection).toHaveBeenLastCalledWith({ state: 'opening' });
  end();
  last()?.fail(Source.CLOSED);
  vi.advanceTimersByTime(60_000);
  expect(Source.opened).toHaveLength(2);
});

test('where the session has ended it asks to sign in and goes on', async () => {
  const told = heard();
  const end = listen(anything, 7, told);
  last()?.tell('end', { why: 'signed out', words: 'You are signed out.' });
  expect(told.onConnection).toHaveBeenLastCalledWith({ state: 'ended', words: 'You are signed out.' });
  await vi.waitFor(() => expect(Source.opened).toHaveLength(2));
  expect(signInAgain).toHaveBeenCalled();
  end();
});
