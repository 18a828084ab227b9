/** Lets in who is signed in. A session that ends while a page is open leaves the page where it is. */
import { usePrevious } from '@mantine/hooks';
import { useEffect, useState, type ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';

import { expiry } from '../api/expiry';
import { forgetAnswers, SessionContext, useSessionQuery, type Seen } from '../api/session';
import { asApiError } from '../api/error';
import { NoServer } from './failures/NoServer';
import { Opening } from './failures/Opening';

export function Gate({ children }: { children: ReactNode }) {
  const { data, error, refetch, isFetching } = useSessionQuery();
  const [kept, setKept] = useState<Seen | null>(null);
  const location = useLocation();
  if (data?.session.user && data !== kept) setKept(data);
  const who = kept?.session.user?.name;
  const before = usePrevious(who);
  // Somebody else may be allowed to see less: nothing that the first person saw is kept.
  useEffect(() => {
    if (before !== undefined && who !== before) forgetAnswers();
  }, [before, who]);
  const ended = kept !== null && data?.session.user === null;
  useEffect(() => {
    if (ended && expiry.get() === 'none') expiry.set('asking');
  }, [ended]);

  if (kept) return <SessionContext value={kept}>{children}</SessionContext>;
  if (data) {
    const to = `${location.pathname}${location.search}${location.hash}`;
    return <Navigate to={to === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(to)}`} replace />;
  }
  if (error) return <NoServer error={asApiError(error)} again={() => void refetch()} busy={isFetching} />;
  return <Opening />;
}
