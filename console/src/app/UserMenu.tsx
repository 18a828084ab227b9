/** The signed-in person: who they are, how the console looks, their password, signing out. */
import { Avatar, Menu, Text, UnstyledButton, useMantineColorScheme, VisuallyHidden, type MantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey, IconLogout } from '@tabler/icons-react';

import { useSession } from '../api/session';
import { PasswordDialog } from './doors/PasswordDialog';
import { useSignOut } from './doors/signOut';
import { roleTitle } from './roles';

const initials = (name: string) =>
  name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .slice(0, 2)
    .join('')
    .toUpperCase();

export function UserMenu() {
  const { user } = useSession();
  const [changing, { open, close }] = useDisclosure();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  if (user === null) return null;
  return (
    <>
      <Menu position="bottom-end" width={260} shadow="md">
        <Menu.Target>
          <UnstyledButton>
            <Avatar radius="xl" size={34} color="shop" variant="filled">
              {initials(user.display)}
            </Avatar>
            <VisuallyHidden>{user.display}: your account and settings</VisuallyHidden>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Text fw={600} size="sm" c="var(--mantine-color-text)">
              {user.display}
            </Text>
            <Text size="xs" c="dimmed">
              {roleTitle(user.role)}
            </Text>
          </Menu.Label>
          <Menu.Divider />
          <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
            <Menu.RadioItem value="light">Light</Menu.RadioItem>
            <Menu.RadioItem value="dark">Dark</Menu.RadioItem>
            <Menu.RadioItem value="auto">As my system</Menu.RadioItem>
          </Menu.RadioGroup>
          <Menu.Divider />
          {user.password === 'elsewhere' ? null : (
            <Menu.Item leftSection={<IconKey size={16} />} onClick={open}>
              {user.password === 'none' ? 'Choose a password' : 'Change password'}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <PasswordDialog opened={changing} onClose={close} has={user.password === 'set'} />
    </>
  );
}
