/**
 * The client of the public API, typed from the committed OpenAPI document.
 *
 * `request(method, path, params)` answers the body or throws an ApiError. Components use `useAsk` and `useTell`.
 */
import createClient from 'openapi-fetch';

import { answering } from './connection';
import type { Answer, Method, PathOf, Told } from './contract';
import { compareSession, isSafe, signHeaders } from './csrf';
import { errorFrom, unreachable } from './error';
import { signInAgain } from './expiry';
import type { paths } from './schema';

const SESSION = '/v1/session';

/** Send one request. Throws: ApiError: no answer came. */
async function deliver(request: Request): Promise<Response> {
  signHeaders(request.method, request.headers);
  try {
    const response = await fetch(request);
    answering.set(response.status !== 502 && response.status !== 504);
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    answering.set(false);
    throw unreachable();
  }
}

/** Send a request; where the session has ended, ask to sign in and send it again. */
async function deliverSignedIn(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await deliver(request);
  const aboutSession = new URL(request.url).pathname.startsWith(SESSION);
  return !aboutSession && (await mended(response, request.method)) ? deliver(again) : response;
}

/** Mend what a request was refused for, if it can be: say whether it should be sent again. */
export async function mended(response: Response, method: string): Promise<boolean> {
  if (response.status === 401) return signInAgain(method);
  if (response.status !== 403 || isSafe(method)) return false;
  const session = compareSession(await request('get', SESSION, {}));
  return session === 'ended' ? signInAgain(method) : session === 'renewed';
}

const client = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  headers: { Accept: 'application/json' },
  fetch: deliverSignedIn,
});

client.use({
  onResponse: async ({ response }) => {
    if (!response.ok) throw await errorFrom(response);
  },
});

interface Loose {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
}

/**
 * Call one operation.
 *
 * Throws: ApiError: refused, or no answer came. DOMException AbortError: `signal` was aborted.
 */
export async function request<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  told: Told<M, P>,
  signal?: AbortSignal,
): Promise<Answer<M, P>> {
  const { path: inPath, query, body } = told as Loose;
  // openapi-fetch derives these types per literal call; here method and path are generic, and `Told` has checked them.
  const send = client.request as unknown as (method: Method, path: string, init: object) => Promise<{ data: unknown }>;
  const { data } = await send(method, path, { params: { path: inPath, query }, body, signal });
  return data as Answer<M, P>;
}
