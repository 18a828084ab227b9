/** Everything that the palette can do without asking the server. */
import { useMantineColorScheme } from '@mantine/core';
import { IconArrowRight, IconDeviceDesktop, IconKeyboard, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { useNavigate } from 'react-router';

import { has, useSession } from '../../api/session';
import { useSignOut } from '../doors/signOut';
import { SCREENS } from '../screens';
import { openShortcuts } from './shortcuts';

export interface Entry {
  id: string;
  label: string;
  description?: string;
  words: string;
  icon: ComponentType<{ size?: number | string }>;
  run: () => void;
}

/** The screens that the person may see. */
export function useScreenEntries(): Entry[] {
  const session = useSession();
  const go = useNavigate();
  return SCREENS.filter((screen) => screen.inNav !== false && has(session, screen.right)).map((screen) => ({
    id: `screen ${screen.path}`,
    label: screen.title,
    words: screen.title.toLowerCase(),
    icon: screen.icon,
    run: () => void go(screen.path),
  }));
}

/** The commands of screens, and those of the console itself. */
export function useCommandEntries(): Entry[] {
  const session = useSession();
  const go = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const ofScreens = SCREENS.flatMap((screen) =>
    (screen.commands ?? [])
      .filter((command) => has(session, command.right ?? screen.right))
      .map((command) => ({
        id: `command ${screen.path} ${command.label}`,
        label: command.label,
        description: command.description,
        words: [command.label, command.description, ...(command.keywords ?? [])].join(' ').toLowerCase(),
        icon: IconArrowRight,
        run: () => (command.to === undefined ? command.run?.(go) : void go(command.to)),
      })),
  );
  const own = (label: string, icon: Entry['icon'], run: () => void, words = ''): Entry => ({
    id: `command ${label}`,
    label,
    words: `${label} ${words}`.toLowerCase(),
    icon,
    run,
  });
  return [
    ...ofScreens,
    own('Light colours', IconSun, () => setColorScheme('light'), 'theme scheme bright'),
    own('Dark colours', IconMoon, () => setColorScheme('dark'), 'theme scheme night'),
    own('Colours of my system', IconDeviceDesktop, () => setColorScheme('auto'), 'theme scheme auto'),
    own('Show keyboard shortcuts', IconKeyboard, openShortcuts, 'keys help'),
    own('Sign out', IconLogout, signOut, 'leave log off'),
  ];
}

/** Entries in which every word of the query occurs. */
export function matching(entries: readonly Entry[], query: string): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => words.every((word) => entry.words.includes(word)));
}
