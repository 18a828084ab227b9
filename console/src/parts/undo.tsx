/**
 * `showUndo('Note deleted', () => restore.mutate(…))`: says what was done and takes it back for as long as it shows.
 */
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

const SHOWN = 8_000;

export function showUndo(message: string, undo: () => void): void {
  const id = notifications.show({
    autoClose: SHOWN,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="xs"
          variant="light"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}
