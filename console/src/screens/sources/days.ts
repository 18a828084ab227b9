/** Labels of consecutive days. */

const DAY = 86_400_000;
const NOON = DAY / 2;

/** Name `n` days from the one that begins at `first`; read at their noon, so that a change of clocks moves none. */
export function dayLabels(first: string, n: number): readonly string[] {
  const start = Date.parse(first) + NOON;
  const written = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
  return Array.from({ length: n }, (_, index) => written.format(start + index * DAY));
}
