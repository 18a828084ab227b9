import { expect, test } from 'vitest';

import { graphOf } from './graph';
import type { Link, Part, WhoIsWho } from './shape';

const part = (id: string): Part => ({
  part: id,
  label: `card ${id}`,
  identifier: { kind: 'card', value: id },
  customer: id,
  events: 1,
  first_at: null,
  last_at: null,
  words: 'Brought 1 event',
  refused: 0,
});
const link = (a: string, b: string, state: Link['state']): Link => ({
  a,
  b,
  state,
  reason: 'An event carried both.',
  seq: 1,
  at: '2026-03-02T10:00:00Z',
  by: null,
  cut_at: null,
  cut_by: null,
});
const who = (parts: string[], elsewhere: string[], links: Link[]): WhoIsWho => ({
  customer: 'a',
  words: '',
  masked: false,
  parts: parts.map(part),
  elsewhere: elsewhere.map(part),
  links,
});
const INK = { joins: 'green', claimed: 'yellow', cut: 'grey', text: 'black', own: 'green', away: 'grey' };

test('claims are dashed, what was cut is grey, and what joins is a full line', () => {
  const found = graphOf(who(['a', 'b'], ['c', 'd'], [link('a', 'b', 'joins'), link('a', 'c', 'claimed'), link('b', 'd', 'cut')]), INK, null);
  expect(found.edges.map((edge) => [edge.lineStyle.type, edge.lineStyle.color])).toEqual([
    ['solid', 'green'],
    ['dashed', 'yellow'],
    ['dotted', 'grey'],
  ]);
});

test('no two parts stand in one place, whoever is there', () => {
  for (const own of [1, 2, 3, 7]) {
    for (const away of [0, 1, 5, 40]) {
      const names = (n: number, by: string) => Array.from({ length: n }, (_, index) => `${by}${index}`);
      const { nodes } = graphOf(who(names(own, 'o'), names(away, 'e'), []), INK, null);
      expect(new Set(nodes.map(({ x, y }) => `${Math.round(x)} ${Math.round(y)}`)).size).toBe(own + away);
    }
  }
});

test('a link that was chosen is drawn thicker', () => {
  const { edges } = graphOf(who(['a', 'b'], [], [link('a', 'b', 'joins')]), INK, 0);
  expect(edges[0]?.lineStyle.width).toBeGreaterThan(graphOf(who(['a', 'b'], [], [link('a', 'b', 'joins')]), INK, null).edges[0]?.lineStyle.width ?? 0);
});

test('of several links between two parts none hides another', () => {
  const links = [link('a', 'b', 'cut'), link('a', 'c', 'joins'), link('a', 'b', 'joins'), link('a', 'b', 'claimed')];
  const bends = graphOf(who(['a', 'b', 'c'], [], links), INK, null).edges.map((edge) => edge.lineStyle.curveness);
  expect(bends[1]).toBe(0);
  expect(new Set([bends[0], bends[2], bends[3]]).size).toBe(3);
});
