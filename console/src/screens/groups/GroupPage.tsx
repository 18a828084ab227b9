/** One group: what is known of it, and who belongs to it; never what they did. */
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { Link, useParams } from 'react-router';

import { useAsk } from '../../api/ask';
import { ErrorCard } from '../../parts/ErrorCard';
import { Instant } from '../../parts/Instant';
import { PageHeader } from '../../parts/PageHeader';
import { PageSkeleton } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import { inMembers } from './groups';

export function GroupPage() {
  const { kind = '', group = '' } = useParams();
  const [after, setAfter] = useUrlState('after', '');
  const asked = useAsk('/v1/groups/{kind}/{group}', { path: { kind, group }, query: { after } }, { keep: true });
  const { data, error, refetch } = asked;
  if (error && !data) return <ErrorCard error={error} again={refetch} />;
  if (!data) return <PageSkeleton />;
  const known = Object.entries({ ...data.traits, ...data.apart });
  return (
    <>
      <PageHeader title={`${data.kind} ${data.id}`} purpose={`${data.description === '' ? 'A group' : data.description}, ${inMembers(data.size)}`} />
      <Stack gap="xl">
        {known.length > 0 ? (
          <Stack component="ul" gap={4} p={0} m={0} aria-label="What is known of it">
            {known.map(([name, value]) => (
              <Text key={name} component="li" style={{ listStyle: 'none' }}>
                <Text span c="dimmed">
                  {name}
                </Text>{' '}
                {String(value)}
              </Text>
            ))}
          </Stack>
        ) : null}
        <Stack component="ul" gap="xs" p={0} m={0} aria-label="Members">
          {data.members.map(({ customer, title, since, source, claimed }) => (
            <Text key={customer} component="li" style={{ listStyle: 'none' }}>
              <Anchor component={Link} to={`/customers/${customer}`} fw={600}>
                {title}
              </Anchor>{' '}
              <Text span size="sm" c="dimmed">
                since <Instant at={since} form="date" />, from {source}
                {claimed ? '; only a browser said so' : null}
              </Text>
            </Text>
          ))}
        </Stack>
      </Stack>
      {data.next ? (
        <Button mt="lg" variant="default" onClick={() => setAfter(data.next ?? '', { push: true })}>
          More
        </Button>
      ) : null}
    </>
  );
}
