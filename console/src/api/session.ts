/** Who is signed in, what they may do, and the shop they are in. */
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';

import { request } from './client';
import type { Answer } from './contract';
import { rememberCsrf } from './csrf';
import type { ApiError } from './error';
import { queries } from './queries';

export type Session = Answer<'get', '/v1/session'>;
/** As in src/shopkeeper/protect/rights.py. */
export type Right =
  | 'collect'
  | 'decide'
  | 'see'
  | 'customers'
  | 'personal'
  | 'notes'
  | 'edit'
  | 'models'
  | 'accounts';

const KEY = ['/v1/session'];

/** Who asked when: `at` is this browser's own clock at the answer, to tell how far the shop's clock has run since. */
export interface Seen {
  session: Session;
  at: number;
}

async function read(signal?: AbortSignal): Promise<Seen> {
  return seen(await request('get', '/v1/session', {}, signal));
}

function seen(session: Session): Seen {
  rememberCsrf(session);
  return { session, at: performance.now() };
}

/** Ask who is signed in; asked again whenever the window is looked at again. */
export const useSessionQuery = () =>
  useQuery<Seen, ApiError>({
    queryKey: KEY,
    queryFn: ({ signal }) => read(signal),
    staleTime: 60_000,
    refetchOnWindowFocus: 'always',
  });

/** Ask again now, and answer what came. */
export const readSession = () => queries.query({ queryKey: KEY, queryFn: ({ signal }) => read(signal), staleTime: 0 });

/** Keep what an answer to signing in or out said. */
export const keepSession = (session: Session) => void queries.setQueryData<Seen>(KEY, seen(session));

/** Forget everything that the server told the person before, and ask anew what the page shows. */
export const forgetAnswers = () =>
  void queries.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });

export const SessionContext = createContext<Seen | null>(null);

/** The session, in any component of the shell. */
export function useSession(): Session {
  return useSeen().session;
}

/** The session and when it was read. */
export function useSeen(): Seen {
  const value = useContext(SessionContext);
  if (value === null) throw new Error('useSession() outside of the shell');
  return value;
}

/** Whether the signed-in person has a right; null needs none. */
export const useRight = (right: Right | null | undefined): boolean => has(useSession(), right);

/** Whether a session has a right. */
export const has = (session: Session, right: Right | null | undefined): boolean =>
  right === null || right === undefined || session.rights.includes(right);
