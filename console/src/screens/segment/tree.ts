/** A builder's tree and the changes that a person makes to it; nothing is changed in place. */
import type { components } from '../../api/schema';

type Schemas = components['schemas'];
export type Condition = Schemas['Condition'];
export type Node = Schemas['AllOf'] | Schemas['AnyOf'] | Schemas['NotOf'] | Condition | Schemas['Written'];
export type Group = Schemas['AllOf'] | Schemas['AnyOf'];
export type Trait = Schemas['TraitInfo'];
export type Operator = Condition['operator'];

/** How the parts of a group go together, as the builder offers it. */
export type Joined = 'all' | 'any' | 'not all' | 'none';

export const isGroup = (node: Node): node is Group => node.is === 'all' || node.is === 'any';

/** Show the whole as one group: a single condition is a group of one. */
export const asGroup = (node: Node): Node =>
  isGroup(node) || (node.is === 'not' && isGroup(node.of)) ? node : { is: 'all', of: [node] };

/** How a group goes together, and its parts; null where a node is no group. */
export function opened(node: Node): { joined: Joined; parts: readonly Node[] } | null {
  if (isGroup(node)) return { joined: node.is, parts: node.of };
  if (node.is === 'not' && isGroup(node.of)) {
    return { joined: node.of.is === 'all' ? 'not all' : 'none', parts: node.of.of };
  }
  return null;
}

export function closed(joined: Joined, parts: readonly Node[]): Node {
  const group: Group = { is: joined === 'all' || joined === 'not all' ? 'all' : 'any', of: parts };
  return joined === 'all' || joined === 'any' ? group : { is: 'not', of: group };
}

export const replaced = (parts: readonly Node[], index: number, by: Node): Node[] =>
  parts.map((part, at) => (at === index ? by : part));

export const removed = (parts: readonly Node[], index: number): Node[] => parts.filter((_, at) => at !== index);

const UNARY = new Set<Operator>(['is true', 'is false', 'is known', 'is not known']);
const BACK = new Set<Operator>(['longer ago than', 'within the last']);
const LISTS = new Set<Operator>(['in', 'not in']);

/** What an operator takes: nothing, one value, two, any number, or a span of time. */
export function takes(operator: Operator): 'nothing' | 'one' | 'two' | 'many' | 'span' {
  if (UNARY.has(operator)) return 'nothing';
  if (BACK.has(operator)) return 'span';
  if (LISTS.has(operator)) return 'many';
  return operator === 'between' ? 'two' : 'one';
}

/** Begin a condition on a trait, with the value that is most usual there. */
export function beginning(trait: Trait, operator: Operator = trait.operators[0] ?? 'is known'): Condition {
  const { usual } = trait;
  const middle = usual[trait.type === 'text' || trait.type === 'texts' ? 0 : Math.floor(usual.length / 2)]?.value ?? '';
  switch (takes(operator)) {
    case 'nothing':
      return { is: 'condition', trait: trait.name, operator, values: [], unit: null };
    case 'span':
      return { is: 'condition', trait: trait.name, operator, values: ['30'], unit: 'day' };
    case 'two':
      return { is: 'condition', trait: trait.name, operator, values: [usual[0]?.value ?? '0', usual.at(-1)?.value ?? '0'], unit: null };
    default:
      return { is: 'condition', trait: trait.name, operator, values: [middle || fallback(trait)], unit: null };
  }
}

const fallback = (trait: Trait) => (['integer', 'number', 'money'].includes(trait.type) ? '0' : '…');

/** Ask something else of the same trait, and keep the values where they still fit. */
export function reasked(condition: Condition, operator: Operator, trait: Trait): Condition {
  const values = condition.values ?? [];
  const same = takes(operator) === takes(condition.operator);
  if (same) return { ...condition, operator };
  if (takes(operator) === 'many' && values.length > 0) return { ...condition, operator, unit: null };
  if (takes(operator) === 'one' && takes(condition.operator) !== 'span' && values[0] !== undefined) {
    return { ...condition, operator, values: [values[0]], unit: null };
  }
  return beginning(trait, operator);
}
