/** Where mistakes stand in a text: the server counts code points, a browser UTF-16 units. */
export interface Placed {
  readonly start: number;
  readonly end: number;
}

/** A piece of the text; `mistake` is the index of the mistake that it belongs to. */
export interface Piece {
  text: string;
  mistake: number | null;
}

/** Cut a text at its mistakes; of those that overlap the first stays. */
export function pieces(text: string, mistakes: readonly Placed[]): Piece[] {
  const letters = Array.from(text);
  const found: Piece[] = [];
  let at = 0;
  const add = (until: number, mistake: number | null) => {
    if (until > at) found.push({ text: letters.slice(at, until).join(''), mistake });
    at = Math.max(at, until);
  };
  const ordered = mistakes.map((one, index) => ({ ...one, index })).sort((a, b) => a.start - b.start);
  for (const one of ordered) {
    if (one.start < at) continue;
    add(one.start, null);
    add(Math.min(one.end, letters.length), one.index);
  }
  add(letters.length, null);
  return found;
}

/** Write `fix` where a mistake stands. */
export function mended(text: string, at: Placed, fix: string): string {
  const letters = Array.from(text);
  return [...letters.slice(0, at.start), fix, ...letters.slice(at.end)].join('');
}
