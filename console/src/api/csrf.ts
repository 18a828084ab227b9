/** The session's token against forged requests; the server compares it with the cookie on every unsafe method. */

let token: string | null = null;
let holder: string | null = null;

const HEADER = 'X-CSRF-Token';
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

interface Held {
  readonly csrf: string | null;
  readonly user: { readonly name: string } | null;
}

/** Keep what the last answer about the session said. */
export function rememberCsrf({ csrf, user }: Held): void {
  token = csrf;
  holder = user?.name ?? null;
}

export const isSafe = (method: string) => SAFE.has(method.toUpperCase());

/** Put the token into the headers of a request that changes something. */
export function signHeaders(method: string, headers: Headers): void {
  if (token !== null && !isSafe(method)) headers.set(HEADER, token);
}

/**
 * Say what the session is now, by what the server says of it, for a request that was refused: `same`, `renewed` (the
 * same person signed in again in another tab; the token is taken over), `ended`, or `other` (somebody else did).
 */
export function compareSession(held: Held): 'same' | 'renewed' | 'ended' | 'other' {
  if (held.user === null) return 'ended';
  if (held.user.name !== holder) return 'other';
  if (held.csrf === token) return 'same';
  rememberCsrf(held);
  return 'renewed';
}
