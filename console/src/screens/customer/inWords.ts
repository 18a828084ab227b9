/** A name of the definitions as people read it: `big_baskets` is “Big baskets”. */
export function inWords(name: string): string {
  const spaced = name.replaceAll('_', ' ');
  return `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}`;
}
