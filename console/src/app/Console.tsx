/** The console: looks, cache, router. */
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from 'react-router/dom';

import { queries } from '../api/queries';
import { router } from './router';
import { cssVariables, theme } from './theme';

export const Console = () => (
  <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
    <QueryClientProvider client={queries}>
      <Notifications position="bottom-right" limit={4} portalProps={{ target: document.body }} />
      <RouterProvider router={router} />
    </QueryClientProvider>
  </MantineProvider>
);
