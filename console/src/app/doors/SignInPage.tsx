/** `/sign-in?to=…`: the front door. Who is signed in already goes on at once. */
import { Alert } from '@mantine/core';
import { Navigate, useNavigate, useSearchParams } from 'react-router';

import { asApiError } from '../../api/error';
import { keepSession, useSessionQuery } from '../../api/session';
import { NoServer } from '../failures/NoServer';
import { Opening } from '../failures/Opening';
import { Door } from './Door';
import { keepReturn, returnPath } from './returnPath';
import { SignInForm } from './SignInForm';

export function SignInPage() {
  const [query] = useSearchParams();
  const go = useNavigate();
  const { data, error, refetch, isFetching } = useSessionQuery();
  const to = returnPath(query.get('to'));
  if (error && !data) return <NoServer error={asApiError(error)} again={() => void refetch()} busy={isFetching} />;
  if (!data) return <Opening />;
  const { user, shop, ways, refusal } = data.session;
  if (user) return <Navigate to={to} replace />;
  return (
    <Door title="Sign in" shop={shop.name}>
      {refusal ? (
        <Alert color="red" role="alert">
          {refusal}
        </Alert>
      ) : null}
      <SignInForm
        ways={ways}
        onLeave={() => keepReturn(to)}
        onDone={(session) => {
          keepSession(session);
          void go(to, { replace: true });
        }}
      />
    </Door>
  );
}
