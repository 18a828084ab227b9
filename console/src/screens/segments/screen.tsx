import { IconUsersGroup } from '@tabler/icons-react';
import { lazy } from 'react';

import type { Screen } from '../../app/screens';

const editor = lazy(() => import('../segment/SegmentPage').then((module) => ({ default: module.SegmentPage })));

export const screen: Screen = {
  path: '/segments',
  title: 'Segments',
  icon: IconUsersGroup,
  group: 'people',
  order: 20,
  right: 'see',
  key: 's',
  element: lazy(() => import('./SegmentsPage').then((module) => ({ default: module.SegmentsPage }))),
  pages: [
    { path: 'new', title: 'New segment', element: editor },
    { path: ':name', title: 'Segment', element: editor },
  ],
  commands: [{ label: 'New segment', description: 'Write a rule and see whom it matches', to: '/segments/new' }],
};
