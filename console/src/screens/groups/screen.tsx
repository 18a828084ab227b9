import { IconUsersGroup } from '@tabler/icons-react';
import { lazy } from 'react';

import type { Screen } from '../../app/screens';

export const screen: Screen = {
  path: '/groups',
  title: 'Groups',
  icon: IconUsersGroup,
  group: 'people',
  order: 30,
  right: 'customers',
  inNav: false,
  element: lazy(() => import('./GroupsPage').then((module) => ({ default: module.GroupsPage }))),
  pages: [
    {
      path: ':kind/:group',
      title: 'Group',
      element: lazy(() => import('./GroupPage').then((module) => ({ default: module.GroupPage }))),
    },
  ],
  commands: [{ label: 'Groups', description: 'Households, companies and who belongs to them', to: '/groups' }],
};
