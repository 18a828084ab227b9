import { expect, test } from 'vitest';

import { eventRow, gapRow, MOST, NOTHING, reduce, type EventLine, type Rows } from './rows';

const event = (seq: number): EventLine => ({
  seq,
  at: '2026-03-02T10:00:00Z',
  received_at: '2026-03-02T10:00:00Z',
  name: 'Order Completed',
  source: 'till',
  customer: 'cus_1',
  words: `Bought ${seq} things.`,
});
const begun = reduce(NOTHING, {
  do: 'begin',
  list: { events: [event(2), event(1)], head: 2, before: null, looked_through: 2 },
});
const came = (rows: Rows, ...seqs: number[]) =>
  reduce(rows, { do: 'came', rows: seqs.map((seq) => eventRow(event(seq))), seq: Math.max(...seqs) });
const keys = (rows: Rows) => rows.shown.map((row) => row.key);

test('what comes stands on top, the latest first, each once', () => {
  expect(keys(came(begun, 3, 4))).toEqual(['event 4', 'event 3', 'event 2', 'event 1']);
  expect(keys(came(came(begun, 3), 3, 4))).toEqual(['event 4', 'event 3', 'event 2', 'event 1']);
});

test('while paused what comes waits and is counted', () => {
  const paused = came(reduce(begun, { do: 'pause' }), 3, 4);
  expect(keys(paused)).toEqual(['event 2', 'event 1']);
  expect([paused.waits, paused.seq]).toEqual([2, 4]);
  const resumed = reduce(paused, { do: 'resume' });
  expect(keys(resumed)).toEqual(['event 4', 'event 3', 'event 2', 'event 1']);
  expect(resumed.waits).toBe(0);
});

test('the page never holds more than so many rows, and what waits neither', () => {
  const many = Array.from({ length: MOST + 50 }, (_, index) => index + 3);
  const full = came(begun, ...many);
  expect(full.shown).toHaveLength(MOST);
  expect(full.before).toBe(53);
  const paused = came(reduce(begun, { do: 'pause' }), ...many);
  expect(paused.waiting).toHaveLength(MOST);
  expect(paused.waits).toBe(MOST + 50);
});

test('a gap stands where events were passed over', () => {
  const gap = gapRow({ passed: 900, upto: 902, words: '900 events came too fast to be shown.' });
  const rows = reduce(begun, { do: 'came', rows: [gap, eventRow(event(903))], seq: 903 });
  expect(keys(rows).slice(0, 3)).toEqual(['event 903', 'gap 902', 'event 2']);
});

test('earlier events stand below, as long as there is room', () => {
  const list = { events: [event(0)], head: 9, before: null, looked_through: 1 };
  expect(keys(reduce(begun, { do: 'earlier', list }))).toEqual(['event 2', 'event 1', 'event 0']);
});
