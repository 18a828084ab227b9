/** The shop's clock: the server's at the last answer, and the time since then by this browser's steady clock. */
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';

import { useSeen, type Seen } from '../api/session';

const EVERY = 20_000;

const nowOf = ({ session, at }: Seen) => Date.parse(session.shop.now) + (performance.now() - at);

/** What the shop's clock shows, in milliseconds since 1970; follows along every 20 seconds. */
export function useShopNow(): number {
  const seen = useSeen();
  const [, tick] = useState(0);
  useInterval(() => tick((count) => count + 1), EVERY, { autoInvoke: true });
  return nowOf(seen);
}
