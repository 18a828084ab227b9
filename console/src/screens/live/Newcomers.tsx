/** Tells those who hear the page how many events came, in turn and not each one; silent while they come fast. */
import { VisuallyHidden } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';

import type { Rows } from './rows';

const EVERY = 8_000;
/** More of them in that time are no news. */
const FAST = 40;

export function Newcomers({ rows }: { rows: Rows }) {
  const [told, setTold] = useState({ seq: rows.seq, words: '' });
  useInterval(
    () => {
      const came = rows.seq - told.seq;
      if (came > 0) setTold({ seq: rows.seq, words: came > FAST || rows.paused ? '' : `${came} new ${came === 1 ? 'event' : 'events'}` });
    },
    EVERY,
    { autoInvoke: true },
  );
  return (
    <VisuallyHidden>
      <span role="status" aria-live="polite">
        {told.words}
      </span>
    </VisuallyHidden>
  );
}
