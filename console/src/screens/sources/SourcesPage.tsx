/** Where events come from: how much, how lately, what waits, and which files were imported. */
import { Button, Tabs, Text } from '@mantine/core';
import { IconPlugConnected, IconUpload } from '@tabler/icons-react';
import { Link } from 'react-router';

import { useAsk } from '../../api/ask';
import { useRight } from '../../api/session';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageHeader } from '../../parts/PageHeader';
import { TableSkeleton } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import { AddSource } from './AddSource';
import { ImportList } from './ImportList';
import { QuarantineTab } from './QuarantineTab';
import { SourceList } from './SourceList';

export function SourcesPage() {
  const [tab, setTab] = useUrlState('tab', 'sources');
  const [adding, setAdding] = useUrlState('add', '');
  const mayEdit = useRight('edit');
  const asked = useAsk('/v1/sources', {}, { every: 10_000 });
  const waiting = asked.data?.waiting ?? 0;
  return (
    <>
      <PageHeader
        title="Sources"
        purpose="Where events come from, how lately, and what of them could not be taken."
        actions={
          mayEdit ? (
            <>
              <Button leftSection={<IconPlugConnected size={16} aria-hidden />} onClick={() => setAdding('yes')}>
                Add a source
              </Button>
              <Button
                component={Link}
                to="/sources/new"
                variant="default"
                leftSection={<IconUpload size={16} aria-hidden />}
              >
                Import a file
              </Button>
            </>
          ) : null
        }
      />
      <Tabs value={tab} onChange={(value) => setTab(value ?? 'sources', { push: true })} keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="sources">Sources</Tabs.Tab>
          <Tabs.Tab value="quarantine">
            Quarantine
            {waiting > 0 ? (
              <Text span size="sm" ml={6} fw={600} c="var(--shop-accent-text)" data-numbers>
                {waiting.toLocaleString('en')}
              </Text>
            ) : null}
          </Tabs.Tab>
          <Tabs.Tab value="imports">Imports</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="sources">
          {asked.error ? <ErrorCard error={asked.error} again={asked.refetch} /> : null}
          {asked.data ? <SourceList sources={asked.data} /> : asked.error ? null : <TableSkeleton />}
        </Tabs.Panel>
        <Tabs.Panel value="quarantine">
          <QuarantineTab />
        </Tabs.Panel>
        <Tabs.Panel value="imports">
          <ImportList />
        </Tabs.Panel>
      </Tabs>
      <AddSource opened={mayEdit && adding === 'yes'} onClose={() => setAdding('')} />
    </>
  );
}
