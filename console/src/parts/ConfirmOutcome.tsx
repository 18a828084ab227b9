/** What a `ConfirmDiff` says of the last attempt. */
import { Alert } from '@mantine/core';

import type { ApiError } from '../api/error';
import { ErrorCard } from './ErrorCard';

/**
 * conflict: somebody else changed it. unknown: no answer came. missed: it did not arrive, and nothing was changed.
 * renewed: the difference shown is the one to what is in force now.
 */
export type Outcome =
  | { kind: 'none' | 'unknown' | 'missed' | 'renewed' }
  | { kind: 'conflict'; message: string }
  | { kind: 'refused'; error: ApiError };

const SAID = {
  unknown: [
    'We do not know whether it was applied',
    'The server did not answer. Check again: the version in force is read, and nothing is sent twice.',
  ],
  missed: ['It was not applied', 'Your change did not arrive. What you see is still to be applied.'],
  renewed: ['This is the difference to what is in force now', 'Somebody else changed it meanwhile. Look before you apply.'],
} as const;

export function ConfirmOutcome({ outcome }: { outcome: Outcome }) {
  if (outcome.kind === 'none') return null;
  if (outcome.kind === 'refused') return <ErrorCard error={outcome.error} title="This cannot be applied" />;
  const [title, text] =
    outcome.kind === 'conflict' ? ['Somebody else changed it meanwhile', outcome.message] : SAID[outcome.kind];
  return (
    <Alert color="yellow" role="alert" title={title}>
      {text}
    </Alert>
  );
}
