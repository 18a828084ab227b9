/** Changing one's own password. */
import { Alert, Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState, type SyntheticEvent } from 'react';

import { keepSession } from '../../api/session';
import { useTell } from '../../api/tell';

interface PasswordDialogProps {
  opened: boolean;
  onClose: () => void;
  /** Whether there is a password until now: who came by a link chooses their first. */
  has: boolean;
}

export function PasswordDialog({ opened, onClose, has }: PasswordDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={has ? 'Change your password' : 'Choose a password'} size="sm">
      <PasswordForm onClose={onClose} has={has} />
    </Modal>
  );
}

function PasswordForm({ onClose, has }: Omit<PasswordDialogProps, 'opened'>) {
  const [old, setOld] = useState('');
  const [wanted, setWanted] = useState('');
  const change = useTell('post', '/v1/session/password', {
    onDone: (session) => {
      keepSession(session);
      notifications.show({ message: 'Your password is set. Wherever else you were signed in, you are signed out.' });
      onClose();
    },
  });
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate({ body: has ? { old, new: wanted } : { new: wanted } });
  };
  return (
    <form onSubmit={send}>
      <Stack>
        {change.error ? (
          <Alert color="red" role="alert">
            {change.error.message}
          </Alert>
        ) : null}
        {has ? (
          <PasswordInput
            label="Password until now"
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={old}
            onChange={(event) => setOld(event.currentTarget.value)}
            data-autofocus
          />
        ) : null}
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <Text size="xs" c="dimmed">
          Every other session of yours ends.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending}>
            {has ? 'Change password' : 'Choose password'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
