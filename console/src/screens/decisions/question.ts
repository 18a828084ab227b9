/** The question of the simulator, as the address holds it. */
import type { Question } from '../../api/simulation';
import type { Answer } from '../../api/contract';

export type Slot = Answer<'get', '/v1/slots'>[number];
export type Fact = Slot['context'][number];

/** Facts of the moment stand in the address behind this. */
export const FACT = 'c.';
const LISTS = { items: 'no_items', orders: 'no_orders', traits: 'no_traits' } as const;
/** An id of an order may hold anything that fits on a line. */
export const BETWEEN = '\n';
export type Left = keyof typeof LISTS;
export const LEFT = Object.keys(LISTS) as Left[];

/** The key under which the address holds what is left out. */
export const leftKey = (what: Left): string => LISTS[what];

/** Read what is left out. */
export const leftOut = (query: URLSearchParams, what: Left): string[] =>
  (query.get(LISTS[what]) ?? '').split(BETWEEN).filter(Boolean);

/** Read one fact as the type that the slot declares; null where nothing was said, or not of that type. */
export function factOf({ name, type }: Fact, query: URLSearchParams): string | number | boolean | null {
  const said = query.get(FACT + name);
  if (said === null || said === '') return null;
  if (type === 'boolean') return said === 'true';
  if (type === 'text') return said;
  const number = Number(said);
  return Number.isFinite(number) ? number : null;
}

function contextOf(slot: Slot, query: URLSearchParams): Record<string, string | number | boolean> {
  const said = slot.context.map((fact) => [fact.name, factOf(fact, query)] as const);
  return Object.fromEntries(said.filter((pair): pair is [string, string | number | boolean] => pair[1] !== null));
}

/** Read the instant: null is now. */
export function instantOf(query: URLSearchParams): string | null {
  const at = Date.parse(query.get('at') ?? '');
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** Read the whole question about a slot. */
export function questionOf(slot: Slot, query: URLSearchParams): Question {
  const customer = query.get('customer');
  const n = Number(query.get('n'));
  const left = (what: Left) => leftOut(query, what);
  return {
    slot: slot.name,
    customer: customer ? { customer } : {},
    n: Number.isInteger(n) && n > 0 ? n : null,
    place: query.get('place') ?? null,
    context: contextOf(slot, query),
    at: instantOf(query),
    seed: query.get('seed') ?? 'simulation',
    without: { items: left('items'), orders: left('orders'), traits: left('traits') },
    top: 20,
  };
}

/** The same question as it is: now, and nothing left out. */
export const asItIs = (question: Question): Question => ({
  ...question,
  at: null,
  without: { items: [], orders: [], traits: [] },
});

/** Whether a question supposes anything that is not so. */
export const supposes = ({ at, without }: Question): boolean =>
  at != null || LEFT.some((what) => (without?.[what] ?? []).length > 0);

/** What a field for a date and time in the viewer's zone holds: `2017-12-04T10:00`. */
export function localOf(at: string | null): string {
  if (at === null) return '';
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The instant that such a field says, empty for none. */
export function instantFrom(local: string): string {
  const date = new Date(local);
  return local === '' || Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
