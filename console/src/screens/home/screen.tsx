import { IconHome } from '@tabler/icons-react';
import { lazy } from 'react';

import type { Screen } from '../../app/screens';

export const screen: Screen = {
  path: '/home',
  title: 'Home',
  icon: IconHome,
  group: 'start',
  order: 10,
  right: 'see',
  key: 'h',
  element: lazy(() => import('./HomePage').then((module) => ({ default: module.HomePage }))),
};
