/** Every group, with how many customers belong to it. */
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { IconUsersGroup } from '@tabler/icons-react';
import { Link } from 'react-router';

import { useAsk } from '../../api/ask';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageHeader } from '../../parts/PageHeader';
import { TableSkeleton } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import { groupPath, inMembers } from './groups';

export function GroupsPage() {
  const [after, setAfter] = useUrlState('after', '');
  const { data, error, refetch } = useAsk('/v1/groups', { query: { after } }, { keep: true });
  return (
    <>
      <PageHeader title="Groups" purpose="Households, companies and whatever else customers belong to." />
      {error ? <ErrorCard error={error} again={refetch} /> : null}
      {!data && !error ? <TableSkeleton /> : null}
      {data?.groups.length === 0 ? (
        <EmptyState icon={IconUsersGroup}>No group yet. A group call of a source makes one.</EmptyState>
      ) : null}
      <Stack component="ul" gap="xs" p={0} m={0}>
        {data?.groups.map(({ kind, id, members }) => (
          <Text key={`${kind} ${id}`} component="li" style={{ listStyle: 'none' }}>
            <Anchor component={Link} to={groupPath(kind, id)} fw={600}>
              {id}
            </Anchor>{' '}
            <Text span c="dimmed">
              {kind}, {inMembers(members)}
            </Text>
          </Text>
        ))}
      </Stack>
      {data?.next ? (
        <Button mt="lg" variant="default" onClick={() => setAfter(data.next ?? '', { push: true })}>
          More
        </Button>
      ) : null}
    </>
  );
}
