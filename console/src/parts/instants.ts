/** How instants are written: short and relative to the shop's clock, and exactly. */

const LOCALE = navigator.languages.find((language) => language.startsWith('en')) ?? 'en-GB';
const SECOND = 1_000;
const STEPS: readonly [limit: number, unit: Intl.RelativeTimeFormatUnit, size: number][] = [
  [60 * SECOND, 'second', SECOND],
  [3_600 * SECOND, 'minute', 60 * SECOND],
  [86_400 * SECOND, 'hour', 3_600 * SECOND],
  [30 * 86_400 * SECOND, 'day', 86_400 * SECOND],
  [365 * 86_400 * SECOND, 'month', 30.44 * 86_400 * SECOND],
  [Infinity, 'year', 365.25 * 86_400 * SECOND],
];
const words = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });

/** Say how far an instant is from `now`, both in milliseconds since 1970: "3 hours ago", "in 2 days", "now". */
export function relativeInstant(at: number, now: number): string {
  const away = at - now;
  const [, unit, size] = STEPS.find(([limit]) => Math.abs(away) < limit) ?? [0, 'second', SECOND];
  return words.format(Math.trunc(away / size), unit);
}

/** Write an instant to the minute, in the viewer's zone or another: "4 Dec 2017, 10:00". */
export const formatInstant = (at: number, zone?: string): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(at);

/** Write an instant to the second with its zone: "4 December 2017 at 10:00:00 CET". */
export const exactInstant = (at: number, zone?: string): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: 'long', timeStyle: 'long', timeZone: zone }).format(at);
