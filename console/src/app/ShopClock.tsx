/** Says where the shop's clock stands, where it does not follow real time: over recorded data. */
import { Text, Tooltip, type TextProps } from '@mantine/core';

import { useSession } from '../api/session';
import { formatInstant } from '../parts/instants';
import { useShopNow } from './clock';

export function ShopClock(props: TextProps) {
  const { pinned, time_zone: zone } = useSession().shop;
  const now = useShopNow();
  if (!pinned) return null;
  const at = formatInstant(now, zone);
  return (
    <Tooltip
      multiline
      w={260}
      label={`The shop's clock stands at ${at} (${zone}), because its data was recorded then. Everything here is as of that time.`}
    >
      <Text size="xs" c="dimmed" tabIndex={0} {...props}>
        The shop’s clock stands at {at}
      </Text>
    </Tooltip>
  );
}
