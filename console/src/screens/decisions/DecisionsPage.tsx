/** Decisions: what would be shown to whom, and what was shown. */
import { Tabs } from '@mantine/core';
import { IconFlask, IconHistory } from '@tabler/icons-react';

import { useRight } from '../../api/session';
import { PageHeader } from '../../parts/PageHeader';
import { useUrlState } from '../../parts/useUrlState';
import { Recorded } from './Recorded';
import { Simulated } from './Simulated';

type Tab = 'simulated' | 'recorded';

export function DecisionsPage() {
  const [tab, setTab] = useUrlState<Tab>('tab', 'simulated');
  const mayLookBack = useRight('customers');
  return (
    <>
      <PageHeader
        title="Decisions"
        purpose="What a customer would be shown in a slot, now or at another time, and everything that was weighed for it."
      />
      <Tabs
        value={mayLookBack && tab === 'recorded' ? 'recorded' : 'simulated'}
        onChange={(value) => setTab(value as Tab, { push: true })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="simulated" leftSection={<IconFlask size={16} aria-hidden />}>
            Simulated
          </Tabs.Tab>
          {mayLookBack ? (
            <Tabs.Tab value="recorded" leftSection={<IconHistory size={16} aria-hidden />}>
              Recorded
            </Tabs.Tab>
          ) : null}
        </Tabs.List>
        <Tabs.Panel value="simulated">
          <Simulated />
        </Tabs.Panel>
        <Tabs.Panel value="recorded">
          <Recorded />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
