import { IconRoute } from '@tabler/icons-react';
import { lazy } from 'react';

import { queries } from '../../api/queries';
import type { Screen } from '../../app/screens';
import { inAddress, tourQuery } from './question';

export const screen: Screen = {
  path: '/tour',
  title: 'Tour',
  icon: IconRoute,
  group: 'start',
  order: 5,
  right: 'customers',
  key: 't',
  element: lazy(() => {
    // Asked while the page's own code is still on its way.
    queries.query(tourQuery(...inAddress())).catch(() => undefined);
    return import('./TourPage').then((module) => ({ default: module.TourPage }));
  }),
  commands: [
    { label: 'Scan a basket', to: '/tour?step=scan', right: 'collect' },
    { label: 'Edit a rule of offers', to: '/tour?step=rule', right: 'edit' },
  ],
};
