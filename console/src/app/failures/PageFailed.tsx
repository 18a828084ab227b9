/** A page that broke: the rest of the console goes on. A page of an older console is loaded anew. */
import { Button, Group } from '@mantine/core';
import { IconMoodSad, IconRefresh } from '@tabler/icons-react';
import { Link, useRouteError } from 'react-router';

import { asApiError } from '../../api/error';
import { Failure } from './Failure';

/** Whether a part of the page could not be fetched: the server has a newer console than the one that runs here. */
const isOutdated = (error: unknown) =>
  error instanceof TypeError && /module script|dynamically imported module/i.test(error.message);

export function PageFailed() {
  const error = useRouteError();
  const outdated = isOutdated(error);
  return (
    <Failure
      icon={outdated ? IconRefresh : IconMoodSad}
      title={outdated ? 'This page must be loaded again' : 'This page cannot be shown'}
      actions={
        <Group>
          <Button onClick={() => window.location.reload()}>Load it again</Button>
          <Button variant="default" component={Link} to="/">
            Go to the start
          </Button>
        </Group>
      }
    >
      {outdated
        ? 'The server has a newer console than the one in this window, or does not answer.'
        : asApiError(error).message}
    </Failure>
  );
}
