import { IconActivity } from '@tabler/icons-react';
import { lazy } from 'react';

import type { Screen } from '../../app/screens';

export const screen: Screen = {
  path: '/live',
  title: 'Live events',
  icon: IconActivity,
  group: 'data',
  order: 20,
  right: 'customers',
  key: 'l',
  element: lazy(() => import('./LivePage').then((module) => ({ default: module.LivePage }))),
};
