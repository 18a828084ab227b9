/** The server cannot be reached, or cannot answer, before anything could be shown. Tries again by itself. */
import { Button } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { IconPlugConnectedX } from '@tabler/icons-react';

import type { ApiError } from '../../api/error';
import { Failure } from './Failure';

const EVERY = 4_000;

export function NoServer({ error, again, busy }: { error: ApiError; again: () => void; busy: boolean }) {
  useInterval(again, EVERY, { autoInvoke: true });
  return (
    <main>
      <Failure
        icon={IconPlugConnectedX}
        title={error.unreachable ? 'The server does not answer' : 'The shop cannot be opened'}
        actions={
          <Button onClick={again} loading={busy}>
            Try again
          </Button>
        }
      >
        {error.unreachable
          ? 'It may be starting, or the network may be down. This page tries again by itself.'
          : error.message}
      </Failure>
    </main>
  );
}
