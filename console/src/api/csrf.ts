/** The session's token against forged requests; the server compares it with the cookie on every unsafe method. */
let token: string | null = null;

export const CSRF_HEADER = 'X-CSRF-Token';
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export const rememberCsrf = (value: string | null) => void (token = value);

/** Put the token into the headers of a request that changes something. */
export function signHeaders(method: string, headers: Headers): void {
  if (token !== null && !SAFE.has(method.toUpperCase())) headers.set(CSRF_HEADER, token);
}
