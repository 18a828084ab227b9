/** The toast over a change that did not reach the server. */
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlugConnectedX } from '@tabler/icons-react';

/** Say that a change was not answered, and offer to send it again. */
export function showUnsent(again: () => void): void {
  const id = notifications.show({
    title: 'The server did not answer',
    color: 'red',
    icon: <IconPlugConnectedX size={18} aria-hidden />,
    autoClose: false,
    message: (
      <Group justify="space-between" gap="xs">
        <Text size="sm">Your change may not have been saved. Nothing that you typed is lost.</Text>
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            again();
          }}
        >
          Try again
        </Button>
      </Group>
    ),
  });
}
