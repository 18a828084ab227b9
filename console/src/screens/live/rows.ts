/** What the page of live events holds: rows, latest first, never more than a few hundred; and what waits while paused. */
import type { Answer } from '../../api/contract';

export type EventLine = Answer<'get', '/v1/events'>['events'][number];

/** Events that the server passed over. */
export interface Gap {
  passed: number;
  upto: number;
  words: string;
}

export type Row = { kind: 'event'; key: string; event: EventLine } | { kind: 'gap'; key: string; gap: Gap };

/** Of the page, and of what waits. */
export const MOST = 500;

/**
 * waiting: came while paused, oldest first; the oldest beyond `MOST` are let go. waits: how many came in all.
 * seq: the last number that is known. before: where earlier events begin, null when there are none.
 */
export interface Rows {
  shown: readonly Row[];
  waiting: readonly Row[];
  waits: number;
  paused: boolean;
  seq: number;
  before: number | null;
}

export type Step =
  | { do: 'begin'; list: Answer<'get', '/v1/events'> }
  | { do: 'came'; rows: readonly Row[]; seq: number }
  | { do: 'pause' }
  | { do: 'resume' }
  | { do: 'earlier'; list: Answer<'get', '/v1/events'> };

export const NOTHING: Rows = { shown: [], waiting: [], waits: 0, paused: false, seq: 0, before: null };

export const eventRow = (event: EventLine): Row => ({ kind: 'event', key: `event ${event.seq}`, event });
export const gapRow = (gap: Gap): Row => ({ kind: 'gap', key: `gap ${gap.upto}`, gap });

/** Put rows, oldest first, on top; where that is too many, the oldest go, and can be asked for again. */
function onTop(rows: Rows, fresh: readonly Row[]): Pick<Rows, 'shown' | 'before'> {
  const known = new Set(rows.shown.map((row) => row.key));
  const all = [...fresh.filter((row) => !known.has(row.key)).reverse(), ...rows.shown];
  if (all.length <= MOST) return { shown: all, before: rows.before };
  const shown = all.slice(0, MOST);
  return { shown, before: oldest(shown) };
}

function oldest(rows: readonly Row[]): number | null {
  const last = rows.at(-1);
  if (last === undefined) return null;
  return last.kind === 'event' ? last.event.seq : last.gap.upto;
}

export function reduce(rows: Rows, step: Step): Rows {
  switch (step.do) {
    case 'begin':
      return { ...NOTHING, shown: step.list.events.map(eventRow), seq: step.list.head, before: step.list.before };
    case 'came': {
      const seq = Math.max(rows.seq, step.seq);
      if (!rows.paused) return { ...rows, seq, ...onTop(rows, step.rows) };
      const waits = rows.waits + step.rows.filter((row) => row.kind === 'event').length;
      return { ...rows, seq, waits, waiting: [...rows.waiting, ...step.rows].slice(-MOST) };
    }
    case 'pause':
      return { ...rows, paused: true };
    case 'resume':
      return { ...rows, ...onTop(rows, rows.waiting), paused: false, waiting: [], waits: 0 };
    case 'earlier': {
      const shown = [...rows.shown, ...step.list.events.map(eventRow)].slice(0, MOST);
      return { ...rows, shown, before: shown.length < MOST ? step.list.before : null };
    }
  }
}
