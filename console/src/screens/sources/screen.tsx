import { IconDatabaseImport } from '@tabler/icons-react';
import { lazy } from 'react';

import type { Screen } from '../../app/screens';

export const screen: Screen = {
  path: '/sources',
  title: 'Sources',
  icon: IconDatabaseImport,
  group: 'data',
  order: 10,
  right: 'see',
  key: 'u',
  element: lazy(() => import('./SourcesPage').then((module) => ({ default: module.SourcesPage }))),
  pages: [
    {
      path: 'new',
      title: 'Import a file',
      right: 'edit',
      element: lazy(() => import('./NewImportPage').then((module) => ({ default: module.NewImportPage }))),
    },
    {
      path: 'of/:source',
      title: 'Source',
      element: lazy(() => import('./SourcePage').then((module) => ({ default: module.SourcePage }))),
    },
    {
      path: 'imports/:job',
      title: 'Import',
      element: lazy(() => import('./ImportPage').then((module) => ({ default: module.ImportPage }))),
    },
  ],
  commands: [
    {
      label: 'Import a file',
      description: 'Orders, customers, products, offers or events',
      keywords: ['upload', 'csv', 'parquet', 'data'],
      right: 'edit',
      to: '/sources/new',
    },
    {
      label: 'Quarantine',
      description: 'What could not be taken, and why',
      keywords: ['errors', 'rejected', 'replay'],
      to: '/sources?tab=quarantine',
    },
  ],
};
