/** Where the parts of a customer stand in the picture, and how their links are drawn. */
import type { Link, Part, WhoIsWho } from './shape';

export interface Ink {
  joins: string;
  claimed: string;
  cut: string;
  text: string;
  own: string;
  away: string;
}

const LINE: Readonly<Record<Link['state'], 'solid' | 'dashed' | 'dotted'>> = {
  joins: 'solid',
  claimed: 'dashed',
  cut: 'dotted',
};
const INNER = 100;
const OUTER = 210;
const LONGEST = 28;
const BEND = 0.2;

/** Stand things on a circle that is twice as wide as high, the first at the left; one alone stands in the middle. */
function onCircle(index: number, n: number, radius: number, turn: number): { x: number; y: number } {
  if (n === 1 && radius === INNER) return { x: 0, y: 0 };
  const angle = Math.PI + turn + (2 * Math.PI * index) / n;
  return { x: 2 * radius * Math.cos(angle), y: radius * Math.sin(angle) };
}

/** How far a link bends: two parts may have several, none of which may hide another. */
function bend(links: readonly Link[], index: number): number {
  const { a, b } = links[index] ?? { a: '', b: '' };
  return BEND * links.slice(0, index).filter((other) => other.a === a && other.b === b).length;
}

const shortened = (label: string) => (label.length > LONGEST ? `${label.slice(0, LONGEST - 1)}…` : label);

/** The nodes and edges: the customer's own parts within, those to which claims and cuts lead around them. */
export function graphOf(who: WhoIsWho, ink: Ink, chosen: number | null) {
  const node = (part: Part, own: boolean, place: { x: number; y: number }) => ({
    id: part.part,
    name: shortened(part.label),
    ...place,
    symbolSize: own ? 16 + Math.min(24, 5 * Math.log10(1 + part.events)) : 12,
    itemStyle: { color: own ? ink.own : ink.away },
    label: { show: true, position: place.y < 0 ? 'top' : 'bottom', color: ink.text, fontSize: 12 },
  });
  const { parts, elsewhere, links } = who;
  return {
    nodes: [
      ...parts.map((part, index) => node(part, true, onCircle(index, parts.length, INNER, 0))),
      ...elsewhere.map((part, index) => node(part, false, onCircle(index, elsewhere.length, OUTER, Math.PI / 7))),
    ],
    edges: links.map((link, index) => ({
      source: link.a,
      target: link.b,
      lineStyle: {
        type: LINE[link.state],
        color: ink[link.state],
        width: index === chosen ? 5 : 2,
        opacity: 1,
        curveness: bend(links, index),
      },
    })),
  };
}
