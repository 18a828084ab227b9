/** Over the page when the session has ended: the page stays as it is, and what could not be sent is sent afterwards. */
import { Button, Modal, Stack, Text } from '@mantine/core';
import { useWindowEvent } from '@mantine/hooks';

import { endExpiry, expiry } from '../../api/expiry';
import { useObservable } from '../../api/observable';
import { keepSession, readSession, useSession, type Session } from '../../api/session';
import { SignInForm } from './SignInForm';

/** Above the palette too. */
const OVER_ALL = 10_000;

export function SignInDialog() {
  const { user, ways, shop } = useSession();
  const asking = useObservable(expiry) === 'asking';
  const done = (session: Session) => {
    keepSession(session);
    endExpiry(true);
  };
  const look = () =>
    void readSession()
      .then(({ session }) => (session.user ? done(session) : undefined))
      .catch(() => undefined);
  // Who signed in through another tab comes back to this one.
  useWindowEvent('focus', () => (expiry.get() === 'asking' ? look() : undefined));
  return (
    <Modal opened={asking} onClose={() => endExpiry(false)} title="Your session has ended" size="sm" zIndex={OVER_ALL}>
      <Stack>
        <Text size="sm" c="dimmed">
          Sign in to {shop.name} again. This page stays as it is, and what you were sending is sent afterwards.
        </Text>
        <SignInForm ways={ways} onDone={done} name={user?.name} besides />
        {ways.oidc.length > 0 ? (
          <Button variant="subtle" onClick={look}>
            I have signed in
          </Button>
        ) : null}
      </Stack>
    </Modal>
  );
}
