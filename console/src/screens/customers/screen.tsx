import { IconUsers } from '@tabler/icons-react';
import { lazy } from 'react';

import type { Screen } from '../../app/screens';

export const screen: Screen = {
  path: '/customers',
  title: 'Customers',
  icon: IconUsers,
  group: 'people',
  order: 10,
  right: 'customers',
  key: 'c',
  element: lazy(() => import('./CustomersPage').then((module) => ({ default: module.CustomersPage }))),
  pages: [
    {
      path: ':customer',
      title: 'Customer',
      element: lazy(() => import('../customer/CustomerPage').then((module) => ({ default: module.CustomerPage }))),
    },
  ],
  commands: [
    { label: 'Open tasks', description: 'What is to be done for customers', to: '/customers?view=tasks', right: 'notes' },
  ],
};
