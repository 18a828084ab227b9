/** Home: what must be looked after, what treating customers changed, what is different today. */
import { Button, Group, Stack } from '@mantine/core';
import { IconDatabaseImport } from '@tabler/icons-react';
import { Link } from 'react-router';

import { useAsk } from '../../api/ask';
import { SCREENS } from '../../app/screens';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageHeader } from '../../parts/PageHeader';
import { PageSkeleton } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import { Alerts } from './Alerts';
import { Changes } from './Changes';
import { Lift, SPANS, type Span } from './Lift';

const EVERY = 30_000;
/** While the comparison is being made. */
const SOON = 1_500;

const known = (path: string) => SCREENS.some((screen) => screen.path === path);

export function HomePage() {
  const [days, setDays] = useUrlState<Span>('days', '28');
  const span = SPANS.includes(days) ? days : '28';
  const asked = useAsk('/v1/home', { query: { days: Number(span) } }, { keep: true, every: EVERY });
  const waits = asked.data?.lift.computing === true;
  useAsk('/v1/home', { query: { days: Number(span) } }, { enabled: waits, every: waits ? SOON : false });
  if (asked.error && !asked.data) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <PageSkeleton />;
  const home = asked.data;
  return (
    <>
      <PageHeader title="Home" purpose={home.today} />
      {home.empty ? (
        <EmptyState icon={IconDatabaseImport} action={<FirstSteps />}>
          Nothing has come in yet. Import a table of orders, or look at the shop with sample data first.
        </EmptyState>
      ) : (
        <Stack gap="xl">
          <Alerts alerts={home.alerts} />
          <Lift lift={home.lift} span={span} onSpan={setDays} />
          <Changes changes={home.changes} behind={home.behind} />
        </Stack>
      )}
    </>
  );
}

const FirstSteps = () => (
  <Group>
    <Button component={Link} to={known('/sources') ? '/sources' : '/live'}>
      Import a table
    </Button>
    {known('/tour') ? (
      <Button component={Link} to="/tour" variant="default">
        Take the tour
      </Button>
    ) : null}
  </Group>
);
