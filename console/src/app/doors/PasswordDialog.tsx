/** Changing one's own password. */
import { Alert, Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState, type SyntheticEvent } from 'react';

import { keepSession } from '../../api/session';
import { useTell } from '../../api/tell';

export function PasswordDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Change your password" size="sm">
      <PasswordForm onClose={onClose} />
    </Modal>
  );
}

function PasswordForm({ onClose }: { onClose: () => void }) {
  const [old, setOld] = useState('');
  const [wanted, setWanted] = useState('');
  const change = useTell('post', '/v1/session/password', {
    onDone: (session) => {
      keepSession(session);
      notifications.show({ message: 'Your password is changed. Other windows of yours were signed out.' });
      onClose();
    },
  });
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate({ body: { old, new: wanted } });
  };
  return (
    <form onSubmit={send}>
      <Stack>
        {change.error ? (
          <Alert color="red" role="alert">
            {change.error.message}
          </Alert>
        ) : null}
        <PasswordInput
          label="Password until now"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={old}
          onChange={(event) => setOld(event.currentTarget.value)}
          data-autofocus
        />
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
            Change password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
