/** One customer: who they are and what they are worth at a glance; then what is known, what happened, what comes next. */
import { Button, Tabs } from '@mantine/core';
import { IconUserOff } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { Link, Navigate, useLocation, useParams } from 'react-router';

import { useAsk } from '../../api/ask';
import { useRight } from '../../api/session';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageHeader } from '../../parts/PageHeader';
import { PageSkeleton, Skeletons } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import { Overview } from './Overview';
import { Who } from './Who';

const Identity = lazy(() => import('./identity/Identity').then((module) => ({ default: module.Identity })));
const NextActions = lazy(() => import('./next/NextActions').then((module) => ({ default: module.NextActions })));
const Timeline = lazy(() => import('./timeline/Timeline').then((module) => ({ default: module.Timeline })));

export function CustomerPage() {
  const { customer = '' } = useParams();
  const { search } = useLocation();
  const { data, error, refetch } = useAsk('/v1/customers/{customer}', { path: { customer } });
  const mayDecide = useRight('decide');
  const [tab, setTab] = useUrlState('tab', 'overview');
  // 400: what stands in the address cannot be anybody's id.
  if (error?.status === 404 || error?.status === 400) return <Gone />;
  if (error && !data) return <ErrorCard error={error} again={refetch} />;
  if (!data) return <PageSkeleton />;
  // They were joined to another since this address was written down.
  if (data.customer !== customer) return <Navigate to={`/customers/${data.customer}${search}`} replace />;
  return (
    <>
      <Who page={data} />
      <Tabs value={tab} onChange={(value) => setTab(value ?? 'overview', { push: true })} keepMounted={false}>
        <Tabs.List mb="xl">
          <Tabs.Tab value="overview">Overview</Tabs.Tab>
          <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
          <Tabs.Tab value="identity">Identity</Tabs.Tab>
          {mayDecide ? <Tabs.Tab value="next">Next best actions</Tabs.Tab> : null}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <Overview page={data} />
        </Tabs.Panel>
        <Tabs.Panel value="timeline">
          <Suspense fallback={<Skeletons lines={8} height={22} />}>
            <Timeline customer={customer} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="identity">
          <Suspense fallback={<Skeletons lines={8} height={22} />}>
            <Identity customer={customer} />
          </Suspense>
        </Tabs.Panel>
        {mayDecide ? (
          <Tabs.Panel value="next">
            <Suspense fallback={<Skeletons lines={8} height={22} />}>
              <NextActions customer={customer} />
            </Suspense>
          </Tabs.Panel>
        ) : null}
      </Tabs>
    </>
  );
}

const Gone = () => (
  <>
    <PageHeader title="No such customer" />
    <EmptyState
      icon={IconUserOff}
      action={
        <Button component={Link} to="/customers">
          Find a customer
        </Button>
      }
    >
      Nobody is kept under this id. They may have been erased, or the address is not complete.
    </EmptyState>
  </>
);
