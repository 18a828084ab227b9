/** Where an interval lies on a line that has zero in its middle. */

export interface Placed {
  /** Shares of the width, from 0 to 1. */
  low: number;
  high: number;
  point: number;
}

/** How much of the line stays free at its ends. */
const FREE = 0.06;

/** Place an interval; whatever it is, zero stands in the middle, and the farther end near the edge. */
export function placed(low: number, point: number, high: number): Placed {
  const reach = Math.max(Math.abs(low), Math.abs(high), Math.abs(point));
  const at = (value: number) => (reach > 0 ? 0.5 + (value / reach) * (0.5 - FREE) : 0.5);
  return { low: at(low), high: at(high), point: at(point) };
}
