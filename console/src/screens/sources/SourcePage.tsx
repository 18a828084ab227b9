/** One source: how it is wired, its rates, its days, the names of its events, and what they look like. */
import { Alert, Anchor, Card, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';

import { useAsk } from '../../api/ask';
import { Chart } from '../../parts/Chart';
import { DataTable } from '../../parts/DataTable';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { Figure } from '../../parts/Figure';
import { Instant } from '../../parts/Instant';
import { PageHeader } from '../../parts/PageHeader';
import { PageSkeleton, Skeletons } from '../../parts/Skeletons';
import { Contracts } from './Contracts';
import { dayLabels } from './days';
import { DayBars } from './DayBars';
import { MadeKeys } from './MadeKeys';
import { waitingPath } from './SourceList';
import classes from './sources.module.css';
import { Terms } from './Terms';
import { WireIt } from './WireIt';

/** Milliseconds after which a source is asked after again: soon while its first event is waited for. */
const SOON = 1_500;
const LATER = 10_000;
const count = (n: number) => n.toLocaleString('en');
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export function SourcePage() {
  const { source: name = '' } = useParams();
  const asked = useAsk('/v1/sources', {}, { every: LATER });
  const listed = asked.data?.sources.find((one) => one.name === name);
  const wired = useWired(name, Boolean(listed?.registered));
  if (asked.error && !asked.data) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <PageSkeleton />;
  const source = wired.data?.line ?? listed;
  const above = (
    <Anchor component={Link} to="/sources" size="sm">
      Sources
    </Anchor>
  );
  if (!source) {
    return (
      <>
        <PageHeader title="No such source" above={above} />
        <EmptyState>Nothing has come from it yet.</EmptyState>
      </>
    );
  }
  const labels = dayLabels(asked.data.first_day, source.days.length);
  return (
    <>
      <PageHeader title={source.name} purpose={source.freshness} above={above} />
      <Stack gap="xl">
        {listed?.registered ? <Wired name={name} asked={wired} /> : null}
        <SimpleGrid cols={{ base: 2, md: 4 }} spacing="xl">
          <Figure label="Events in 24 hours" value={count(source.day)} note={`${count(source.hour)} in the last hour or so`} />
          <Figure label="In 7 days" value={count(source.week)} />
          <Figure
            label="Ever"
            value={count(source.events)}
            note={source.imports > 0 ? `${count(source.imports)} imported files among them` : undefined}
          />
          <Figure
            label="Waiting"
            note={source.events > 0 && source.refused_words ? source.refused_words : undefined}
            value={
              source.waiting > 0 ? (
                <Anchor component={Link} to={waitingPath(source)} inherit>
                  {count(source.waiting)}
                </Anchor>
              ) : (
                '0'
              )
            }
          />
        </SimpleGrid>
        {source.last_at && source.last_received_at ? (
          <Text component="div">
            The last event happened <Instant at={source.last_at} /> and came <Instant at={source.last_received_at} />.
          </Text>
        ) : null}
        <Card>
          <Chart
            title="Events a day"
            says={`Events of ${source.name} on each of the last ${source.days.length} days.`}
            option={{
              xAxis: { type: 'category', data: labels },
              yAxis: { type: 'value' },
              series: [{ type: 'bar', data: [...source.days] }],
            }}
            table={{ columns: ['Day', 'Events'], rows: source.days.map((n, index) => [labels[index] ?? '', count(n)]) }}
          />
        </Card>
        <section>
          <Title order={2} mb="sm">
            What it brings
          </Title>
          <DataTable
            caption="Events by name"
            rows={source.names}
            rowKey={(one) => one.name}
            minWidth={640}
            empty={<EmptyState>
                {source.waiting > 0 ? 'All that came of it waits in quarantine.' : 'Nothing that was kept came yet.'}
              </EmptyState>}
            columns={[
              { key: 'name', title: 'Event', render: (one) => <span className={classes.wrap}>{one.name}</span> },
              { key: 'days', title: 'Last 28 days', render: (one) => <DayBars days={one.days} of={one.name} /> },
              { key: 'week', title: '7 days', numeric: true, render: (one) => count(one.week) },
              { key: 'events', title: 'Ever', numeric: true, render: (one) => count(one.events) },
              { key: 'last', title: 'Last', numeric: true, render: (one) => <Instant at={one.last_at} /> },
            ]}
          />
        </section>
        <Contracts source={source.name} />
      </Stack>
    </>
  );
}

/** A registered source by itself: one answer for all that its page says, asked for until its first event is heard of. */
function useWired(name: string, enabled: boolean) {
  const [heard, setHeard] = useState(false);
  const asked = useAsk('/v1/sources/{name}', { path: { name } }, { enabled, every: heard ? LATER : SOON });
  const first = asked.data?.registered.first_event_at ?? null;
  if (first !== null && !heard) setHeard(true);
  return asked;
}

function Wired({ name, asked }: { name: string; asked: ReturnType<typeof useWired> }) {
  if (asked.error && !asked.data) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <Skeletons lines={6} />;
  return (
    <>
      <MadeKeys name={name} />
      {asked.data.warning ? (
        <Alert color="yellow" title={`Nothing of ${name} can be taken yet`}>
          {capital(asked.data.warning)}.
        </Alert>
      ) : null}
      <WireIt page={asked.data} />
      <Terms
        name={name}
        source={asked.data.registered}
        elsewhere={asked.data.line.elsewhere}
        environment={asked.data.environment}
      />
    </>
  );
}
