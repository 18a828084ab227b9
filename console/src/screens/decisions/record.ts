/** From a recorded decision to the same question asked now. */
import type { Answer } from '../../api/contract';
import type { Question } from '../../api/simulation';
import { FACT } from './question';

type Recorded = Answer<'get', '/v1/decisions/{decision}'>;

/** The name under which answers about a caller's own list are recorded: they fill no slot. */
const RANK = 'rank';

/** The same question, to be asked now with the same draws; null for a caller's own list. */
export function nowOf({ line, n, context }: Pick<Recorded, 'line' | 'n' | 'context'>): Question | null {
  if (line.slot === RANK) return null;
  return {
    slot: line.slot,
    customer: line.customer ? { customer: line.customer } : {},
    n,
    place: line.place,
    context,
    at: null,
    seed: line.id,
    without: { items: [], orders: [], traits: [] },
    top: 20,
  };
}

/** Where the simulator asks this question. */
export function simulatorOf({ slot, customer, n, place, context, seed }: Question): string {
  const facts = Object.entries(context ?? {}).map(([name, value]) => [FACT + name, String(value)] as const);
  const said = [
    ['slot', slot],
    ['customer', customer?.customer],
    ['n', n?.toString()],
    ['place', place],
    ['seed', seed],
    ...facts,
  ].filter((pair): pair is [string, string] => Boolean(pair[1]));
  return `/decisions?${new URLSearchParams(said).toString()}`;
}

/** Which definitions and models are in force in another version than then. */
export const changedVersions = (then: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): string[] =>
  Object.keys({ ...then, ...now })
    .filter((name) => then[name] !== now[name])
    .sort();
