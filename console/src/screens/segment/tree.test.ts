import { describe, expect, it } from 'vitest';

import { asGroup, beginning, closed, opened, reasked, takes, type Condition, type Trait } from './tree';

const orders = { name: 'orders_90d', type: 'integer', operators: ['>=', 'between', 'in'], usual: [{ value: '1', text: '1' }, { value: '10', text: '10' }, { value: '34', text: '34' }] } as unknown as Trait;
const leaf: Condition = { is: 'condition', trait: 'orders_90d', operator: '>=', values: ['6'], unit: null };

describe('groups', () => {
  it.each(['all', 'any', 'not all', 'none'] as const)('opens and closes %s', (joined) => {
    expect(opened(closed(joined, [leaf]))).toEqual({ joined, parts: [leaf] });
  });

  it('shows a single condition as a group of one', () => {
    expect(asGroup(leaf)).toEqual({ is: 'all', of: [leaf] });
    expect(opened(leaf)).toBeNull();
  });
});

describe('conditions', () => {
  it('begin with what is usual', () => {
    expect(beginning(orders).values).toEqual(['10']);
    expect(beginning(orders, 'between').values).toEqual(['1', '34']);
  });

  it('keep their values where these still fit', () => {
    expect(reasked(leaf, 'in', orders).values).toEqual(['6']);
    expect(reasked(leaf, 'between', orders).values).toEqual(['1', '34']);
    expect(reasked({ ...leaf, operator: 'between', values: ['2', '5'] }, '<', orders).values).toEqual(['2']);
  });

  it('know what an operator takes', () => {
    expect(['is known', 'longer ago than', 'not in', '='].map((one) => takes(one as never))).toEqual([
      'nothing',
      'span',
      'many',
      'one',
    ]);
  });
});
