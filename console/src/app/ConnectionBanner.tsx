/** Said over the page while the server does not answer; looks by itself whether it does again. */
import { Alert, Button, Group } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { IconPlugConnectedX } from '@tabler/icons-react';

import { answering } from '../api/connection';
import { expiry } from '../api/expiry';
import { useObservable } from '../api/observable';
import { readSession } from '../api/session';

const EVERY = 4_000;
const look = () => void readSession().catch(() => undefined);

export function ConnectionBanner() {
  const answers = useObservable(answering);
  const session = useObservable(expiry);
  useInterval(() => (answering.get() ? undefined : look()), EVERY, { autoInvoke: true });
  if (!answers) {
    return (
      <Alert color="red" icon={<IconPlugConnectedX aria-hidden />} mb="md" role="status">
        <Group justify="space-between">
          The server does not answer. What is on this page is kept; it goes on by itself once the server is back.
          <Button size="xs" variant="default" onClick={look}>
            Try again
          </Button>
        </Group>
      </Alert>
    );
  }
  if (session !== 'declined') return null;
  return (
    <Alert color="yellow" mb="md" role="status">
      <Group justify="space-between">
        Your session has ended. What is on this page is kept, but nothing new can be read or sent.
        <Button size="xs" variant="default" onClick={() => expiry.set('asking')}>
          Sign in
        </Button>
      </Group>
    </Alert>
  );
}
