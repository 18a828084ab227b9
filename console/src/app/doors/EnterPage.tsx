/** `/enter#token`: a link that signs in once. The token is taken out of the address before it is used. */
import { Alert, Anchor } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';

import { keepSession } from '../../api/session';
import { useTell } from '../../api/tell';
import { Opening } from '../failures/Opening';
import { SCREENS } from '../screens';
import { Door } from './Door';
import { returnPath } from './returnPath';

const TOUR = '/tour';
const first = () => (SCREENS.some((screen) => screen.path === TOUR) ? TOUR : '/');

/** Read the token once and take it out of the address and the history. */
function takeToken(): string {
  const token = window.location.hash.slice(1);
  if (token) window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  return token;
}

export function EnterPage() {
  const [token] = useState(takeToken);
  const [query] = useSearchParams();
  const go = useNavigate();
  const to = query.has('to') ? returnPath(query.get('to')) : first();
  const { mutate, error, isIdle } = useTell('post', '/v1/session/link', {
    quiet: true,
    onDone: (session) => {
      keepSession(session);
      void go(to, { replace: true });
    },
  });
  useEffect(() => {
    if (token && isIdle) mutate({ body: { token } });
  }, [token, isIdle, mutate]);
  if (token && !error) return <Opening />;
  return (
    <Door title="This link does not open the shop">
      <Alert color="red" role="alert">
        {error ? error.message : 'The link has no token: copy the whole of it, with what follows the “#”.'}
      </Alert>
      <Anchor component={Link} to="/sign-in" ta="center">
        Sign in with name and password
      </Anchor>
    </Door>
  );
}
