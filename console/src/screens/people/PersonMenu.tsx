/** What an owner can do with one account. */
import { ActionIcon, Alert, Button, Group, Menu, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconDots, IconDoorEnter, IconDoorExit, IconLink, IconPencil, IconTrash } from '@tabler/icons-react';

import { useTell } from '../../api/tell';
import { showUndo } from '../../parts/undo';
import type { Person } from './person';

interface PersonMenuProps {
  person: Person;
  isMe: boolean;
  onChange: () => void;
  onLink: () => void;
}

const icon = { size: 16, 'aria-hidden': true };

export function PersonMenu({ person, isMe, onChange, onLink }: PersonMenuProps) {
  const [removing, { open, close }] = useDisclosure(false);
  const change = useTell('patch', '/v1/users/{name}', {
    changes: ['/v1/users'],
    onDone: (now) =>
      now.disabled
        ? showUndo(`${now.display} is shut out.`, () => set(false))
        : notifications.show({ message: `${now.display} may sign in again.` }),
    onFail: (error) => notifications.show({ color: 'red', message: error.message }),
  });
  const set = (disabled: boolean) => change.mutate({ path: { name: person.name }, body: { disabled } });
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`What to do with ${person.display}`}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil {...icon} />} onClick={onChange}>
            Change…
          </Menu.Item>
          {person.disabled ? (
            <Menu.Item leftSection={<IconDoorEnter {...icon} />} onClick={() => set(false)}>
              Let in again
            </Menu.Item>
          ) : (
            <>
              <Menu.Item leftSection={<IconLink {...icon} />} onClick={onLink}>
                Make a link
              </Menu.Item>
              <Menu.Item leftSection={<IconDoorExit {...icon} />} onClick={() => set(true)} disabled={isMe}>
                Shut out
              </Menu.Item>
            </>
          )}
          <Menu.Item leftSection={<IconTrash {...icon} />} color="red" onClick={open} disabled={isMe}>
            Remove…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RemovePerson person={person} opened={removing} onClose={close} />
    </>
  );
}

function RemovePerson({ person, opened, onClose }: { person: Person; opened: boolean; onClose: () => void }) {
  const remove = useTell('delete', '/v1/users/{name}', {
    changes: ['/v1/users'],
    onDone: () => {
      notifications.show({ message: `${person.display} is removed.` });
      onClose();
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={`Remove ${person.display}?`} size="sm">
      <Stack>
        {remove.error ? (
          <Alert color="red" role="alert">
            {remove.error.message}
          </Alert>
        ) : null}
        <Text>
          {person.display} is signed out everywhere and cannot sign in any more. What they did in the shop stays. This cannot be
          undone; to keep the account, shut them out instead.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate({ path: { name: person.name } })}
          >
            Remove
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
