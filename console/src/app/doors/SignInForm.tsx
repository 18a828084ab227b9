/** Name and password, and the ways through other houses' doors. */
import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';

import { asApiError } from '../../api/error';
import type { Session } from '../../api/session';
import { useTell } from '../../api/tell';

interface SignInFormProps {
  ways: Session['ways'];
  onDone: (session: Session) => void;
  /** Fixed where somebody comes back whose session has ended. */
  name?: string;
  /** Other houses' doors open in a tab of their own, so that this page stays. */
  besides?: boolean;
  /** Called before the page is left through another house's door. */
  onLeave?: () => void;
}

export function SignInForm({ ways, onDone, name: known, besides = false, onLeave }: SignInFormProps) {
  const [name, setName] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const signIn = useTell('post', '/v1/session', { onDone, onFail: () => setPassword(''), quiet: true });
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    signIn.mutate({ body: { name, password } });
  };
  return (
    <Stack gap="md">
      {ways.password ? (
        <form onSubmit={send}>
          <Stack gap="sm">
            {signIn.error ? (
              <Alert color="red" role="alert">
                {asApiError(signIn.error).message}
              </Alert>
            ) : null}
            <TextInput
              label="Name"
              name="username"
              autoComplete="username"
              required
              withAsterisk={false}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus={known ? undefined : true}
            />
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              data-autofocus={known ? true : undefined}
            />
            <Button type="submit" loading={signIn.isPending} fullWidth mt="xs">
              Sign in
            </Button>
          </Stack>
        </form>
      ) : null}
      {ways.oidc.length > 0 ? (
        <>
          {ways.password ? <Divider label="or" /> : null}
          {ways.oidc.map((house) => (
            <Button
              key={house.name}
              component="a"
              variant="default"
              onClick={onLeave}
              href={`/v1/session/oidc/${encodeURIComponent(house.name)}`}
              {...(besides ? { target: '_blank', rel: 'noopener' } : {})}
            >
              Continue with {house.title}
            </Button>
          ))}
        </>
      ) : null}
    </Stack>
  );
}
