/** What is known: segments, consents, notes and orders at the left; every trait at the right. */
import { Grid, Stack } from '@mantine/core';

import { useRight } from '../../api/session';
import { Consents } from './consents/Consents';
import { Groups } from './Groups';
import { LatestOrders } from './LatestOrders';
import { Notes } from './notes/Notes';
import { Segments } from './Segments';
import { Traits } from './traits/Traits';
import type { Page } from './Who';

export function Overview({ page }: { page: Page }) {
  const mayNote = useRight('notes');
  return (
    <Grid gap={{ base: 'xl', md: 64 }}>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Stack gap={40}>
          <Segments segments={page.segments} />
          <Groups customer={page.customer} />
          {mayNote ? <Notes customer={page.customer} /> : null}
          <Consents customer={page.customer} consents={page.consents} />
          <LatestOrders orders={page.latest_orders} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Traits traits={page.traits} />
      </Grid.Col>
    </Grid>
  );
}
