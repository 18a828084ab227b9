import { IconKey } from '@tabler/icons-react';
import { lazy } from 'react';

import type { Screen } from '../../app/screens';

export const screen: Screen = {
  path: '/people',
  title: 'People',
  icon: IconKey,
  group: 'manage',
  order: 90,
  right: 'accounts',
  key: 'p',
  element: lazy(() => import('./PeoplePage').then((module) => ({ default: module.PeoplePage }))),
  commands: [{ label: 'Add a person', description: 'Let somebody sign in', to: '/people?add=yes', right: 'accounts' }],
};
