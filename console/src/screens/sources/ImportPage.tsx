/** One import, and the customers of whom the shop learned something by it. */
import { Anchor, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { Link, useParams } from 'react-router';

import { useAsk } from '../../api/ask';
import { useRight } from '../../api/session';
import { DataTable } from '../../parts/DataTable';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { ImportState, useImport } from '../../parts/importing/Running';
import { PageHeader } from '../../parts/PageHeader';
import { PageSkeleton, TableSkeleton } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import classes from './sources.module.css';

export function ImportPage() {
  const { job = '' } = useParams();
  const mayMeet = useRight('customers');
  const asked = useImport(job);
  if (asked.error && !asked.data) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <PageSkeleton />;
  return (
    <>
      <PageHeader
        title="Import"
        above={
          <Anchor component={Link} to="/sources?tab=imports" size="sm">
            Imports
          </Anchor>
        }
      />
      <Stack gap="xl">
        <Card>
          <ImportState line={asked.data} />
        </Card>
        {mayMeet && asked.data.customers ? <Whom job={job} customers={asked.data.customers} /> : null}
      </Stack>
    </>
  );
}

function Whom({ job, customers }: { job: string; customers: number }) {
  const [after, setAfter] = useUrlState('after', '');
  const asked = useAsk('/v1/imports/{job}/customers', { path: { job }, query: { after } }, { keep: true });
  if (asked.error) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <TableSkeleton />;
  const next = asked.data.next;
  return (
    <section>
      <Title order={2} mb="sm">
        Customers it tells of: {customers.toLocaleString('en')}
      </Title>
      <DataTable
        caption="Customers of this import"
        rows={asked.data.customers}
        rowKey={({ customer }) => customer}
        empty={<EmptyState>Nobody any more: they may have been erased.</EmptyState>}
        columns={[
          {
            key: 'who',
            title: 'Customer',
            render: (one) => (
              <Anchor component={Link} to={`/customers/${one.customer}`} className={classes.wrap}>
                {one.title}
              </Anchor>
            ),
          },
          { key: 'what', title: 'What is known', render: (one) => <Text size="sm">{one.description}</Text> },
        ]}
      />
      <Group mt="md">
        {after ? (
          <Button variant="default" size="xs" onClick={() => setAfter('')}>
            From the start
          </Button>
        ) : null}
        {next ? (
          <Button variant="default" size="xs" onClick={() => setAfter(next, { push: true })}>
            Next
          </Button>
        ) : null}
      </Group>
    </section>
  );
}
