import { IconArrowsSort } from '@tabler/icons-react';
import { lazy } from 'react';

import type { Screen } from '../../app/screens';

export const screen: Screen = {
  path: '/decisions',
  title: 'Decisions',
  icon: IconArrowsSort,
  group: 'decide',
  order: 10,
  right: 'decide',
  key: 'd',
  element: lazy(() => import('./DecisionsPage').then((module) => ({ default: module.DecisionsPage }))),
  pages: [
    {
      path: ':decision',
      title: 'Decision',
      right: 'customers',
      element: lazy(() => import('./RecordPage').then((module) => ({ default: module.RecordPage }))),
    },
  ],
  commands: [
    {
      label: 'Simulate a decision',
      description: 'What would be shown to whom, and why',
      keywords: ['slot', 'score', 'what if'],
      to: '/decisions',
    },
    {
      label: 'Recorded decisions',
      description: 'What was shown, and what came of it',
      keywords: ['log', 'history'],
      right: 'customers',
      to: '/decisions?tab=recorded',
    },
  ],
};
