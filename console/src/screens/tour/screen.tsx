import { IconRoute } from '@tabler/icons-react';
import { lazy } from 'react';

import type { Screen } from '../../app/screens';

export const screen: Screen = {
  path: '/tour',
  title: 'Tour',
  icon: IconRoute,
  group: 'start',
  order: 5,
  right: 'customers',
  key: 't',
  element: lazy(() => import('./TourPage').then((module) => ({ default: module.TourPage }))),
  commands: [
    { label: 'Scan a basket', to: '/tour?step=scan', right: 'collect' },
    { label: 'Edit a rule of offers', to: '/tour?step=rule', right: 'edit' },
  ],
};
