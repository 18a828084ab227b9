import { IconBrain } from '@tabler/icons-react';
import { lazy } from 'react';

import type { Screen } from '../../app/screens';

export const screen: Screen = {
  path: '/models',
  title: 'Models',
  icon: IconBrain,
  group: 'decide',
  order: 40,
  right: 'see',
  key: 'm',
  element: lazy(() => import('./ModelsPage').then((module) => ({ default: module.ModelsPage }))),
};
