import { expect, it } from 'vitest';

import { byDay, runsOf } from './byDay';
import type { TimelineEvent } from './useTimeline';

const at = (seq: number, instant: string): TimelineEvent => ({
  seq,
  at: instant,
  name: 'A',
  source: 's',
  sentence: 'A.',
  amount: '',
  decision: null,
  details: [],
  items: [],
});

it('gathers what happened on one day, in the order given', () => {
  const found = byDay([at(3, '2026-03-02T12:00:00Z'), at(2, '2026-03-02T11:00:00Z'), at(1, '2026-02-28T12:00:00Z')]);
  expect(found.map(([, events]) => events.map(({ seq }) => seq))).toEqual([[3, 2], [1]]);
});

it('shows two of many that happened at one instant under one name', () => {
  const shown = Array.from({ length: 6 }, (_, index) => at(index + 1, '2026-03-02T12:00:00Z'));
  const other = { ...at(9, '2026-03-02T12:00:00Z'), name: 'B' };
  const runs = runsOf([...shown, other, at(10, '2026-03-02T11:00:00Z')]);
  expect(runs.map((run) => [run.shown.length, run.hidden.length])).toEqual([
    [2, 4],
    [1, 0],
    [1, 0],
  ]);
});
