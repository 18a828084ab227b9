/** What is different between two answers: of the same customer before and after, or of two customers. */

interface Named {
  readonly item: string;
}
interface InSegment {
  readonly name: string;
}
interface Liked {
  readonly category: string;
  readonly orders: number;
}

/** Those of `here` that are not among `there`. */
export const onlyHere = <T extends Named>(here: readonly T[], there: readonly Named[]): readonly T[] =>
  here.filter((one) => !there.some((other) => other.item === one.item));

/** Whether the same stands at the same places. */
export const isSame = (one: readonly Named[], other: readonly Named[]): boolean =>
  one.length === other.length && one.every(({ item }, place) => other[place]?.item === item);

/** Segments that were entered and left. */
export const moves = <T extends InSegment>(before: readonly T[], after: readonly T[]) => ({
  entered: after.filter((one) => !before.some((other) => other.name === one.name)),
  left: before.filter((one) => !after.some((other) => other.name === one.name)),
});

/** Categories that were not among the likes before, or are on more orders now. */
export const risen = (before: readonly Liked[], after: readonly Liked[]): ReadonlySet<string> =>
  new Set(
    after
      .filter(({ category, orders }) => orders > (before.find((one) => one.category === category)?.orders ?? 0))
      .map(({ category }) => category),
  );

/** Whether a text is written in capitals throughout, as tills print it. */
export const isShouted = (text: string): boolean => /\p{Lu}/u.test(text) && !/\p{Ll}/u.test(text);

/** A name of the definitions as people read it: `big_baskets` is “Big baskets”. */
export function inWords(name: string): string {
  const spaced = name.replaceAll('_', ' ');
  return `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}`;
}
