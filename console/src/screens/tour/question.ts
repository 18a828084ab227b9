/** The question for the tour: of the two in the address, or of those that the server chooses. */
import { asking } from '../../api/ask';

/** Long, because what changes here is changed here, and then asked again. */
export const FRESH = 300_000;

export const tourQuery = (a: string, b: string, without = '') =>
  asking('/v1/tour', { query: a || b ? { a, b, without } : { without } }, { fresh: FRESH });

/** The two that the address names, empty where it names none. */
export function inAddress(): readonly [string, string] {
  const query = new URLSearchParams(window.location.search);
  return [query.get('a') ?? '', query.get('b') ?? ''];
}
