/** The keys that work everywhere, and the list of them behind `?`. */
import { Group, Kbd, Modal, Stack, Text } from '@mantine/core';
import { useHotkeys, useWindowEvent } from '@mantine/hooks';
import { useRef } from 'react';
import { useNavigate } from 'react-router';

import { useObservable } from '../../api/observable';
import { has, useSession } from '../../api/session';
import { SCREENS } from '../screens';
import { openPalette } from './palette';
import { openShortcuts, shortcutsOpen } from './shortcuts';

/** How long after `g` the second key may come, in milliseconds. */
const PATIENCE = 1_200;

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export function Shortcuts() {
  const session = useSession();
  const go = useNavigate();
  const opened = useObservable(shortcutsOpen);
  const leading = useRef(-Infinity);
  const reachable = SCREENS.filter((screen) => screen.key !== undefined && has(session, screen.right));

  useHotkeys([
    ['mod+K', openPalette],
    ['/', openPalette],
  ]);
  useWindowEvent('keydown', (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '?') openShortcuts();
    const screen = reachable.find(({ key }) => key === event.key);
    if (screen && event.timeStamp - leading.current < PATIENCE) void go(screen.path);
    leading.current = event.key === 'g' ? event.timeStamp : -Infinity;
  });

  const rows: [string, string[]][] = [
    ['Find a customer, a page, a command', ['⌘', 'K']],
    ['The same', ['/']],
    ['This list', ['?']],
    ...reachable.map((screen): [string, string[]] => [`Go to ${screen.title}`, ['g', screen.key ?? '']]),
    ['Close what is open', ['Esc']],
  ];
  return (
    <Modal opened={opened} onClose={() => shortcutsOpen.set(false)} title="Keyboard shortcuts" size="sm">
      <Stack gap="xs">
        {rows.map(([what, keys]) => (
          <Group key={what} justify="space-between" wrap="nowrap">
            <Text size="sm">{what}</Text>
            <Group gap={4} wrap="nowrap">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </Group>
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
