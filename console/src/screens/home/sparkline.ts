/** The path of a small curve over days, where some may be unknown. */

export const WIDTH = 96;
export const HEIGHT = 26;
const EDGE = 3;

export interface Dot {
  x: number;
  y: number;
}

/** Where each day's figure lies, oldest first; null where there was none. */
export function dots(days: readonly (number | null)[]): (Dot | null)[] {
  const known = days.filter((day) => day !== null);
  const low = Math.min(0, ...known);
  const reach = Math.max(...known, low) - low;
  const step = days.length > 1 ? (WIDTH - 2 * EDGE) / (days.length - 1) : 0;
  const height = HEIGHT - 2 * EDGE;
  return days.map((day, index) =>
    day === null
      ? null
      : { x: EDGE + index * step, y: HEIGHT - EDGE - (reach > 0 ? ((day - low) / reach) * height : 0) },
  );
}

/** The curve through them as an SVG path; it breaks where a day is unknown. */
export function path(days: readonly (number | null)[]): string {
  let drawn = false;
  return dots(days)
    .map((dot) => {
      const step = dot === null ? '' : `${drawn ? 'L' : 'M'}${dot.x.toFixed(1)} ${dot.y.toFixed(1)}`;
      drawn = dot !== null;
      return step;
    })
    .join('');
}
