/** Traits by where they come from, and those that a word finds. */
import type { Page } from '../Who';

export type Trait = Page['traits'][number];

const GROUPS: readonly [title: string, sources: readonly string[]][] = [
  ['What they did', ['computed']],
  ['What they told us, or others did', ['stated', 'imported']],
  ['What a model expects', ['predicted']],
];

export const isKnown = ({ value }: Trait): boolean => value !== null;

/** Groups in their order, without the empty ones. */
export function grouped(traits: readonly Trait[]): readonly [string, readonly Trait[]][] {
  return GROUPS.map(([title, sources]): [string, readonly Trait[]] => [
    title,
    traits.filter(({ source }) => sources.includes(source)),
  ]).filter(([, lines]) => lines.length > 0);
}

/** The traits whose name, value or meaning has every word, capitals or not. */
export function matching(traits: readonly Trait[], wanted: string): readonly Trait[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return traits.filter(({ name, text, meaning }) => {
    const said = `${name} ${name.replaceAll('_', ' ')} ${text} ${meaning}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}
