/** One recorded decision: what was shown then and what came of it, beside what would be shown now. */
import { Alert, Anchor, Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconFlask, IconUserOff } from '@tabler/icons-react';
import { Link, useParams } from 'react-router';

import { useAsk } from '../../api/ask';
import type { Answer } from '../../api/contract';
import { useSimulation, type Question } from '../../api/simulation';
import { useRight } from '../../api/session';
import { ErrorCard } from '../../parts/ErrorCard';
import { Instant } from '../../parts/Instant';
import { PageHeader } from '../../parts/PageHeader';
import { Picks } from '../../parts/Picks';
import { PageSkeleton, Skeletons } from '../../parts/Skeletons';
import { changedVersions, nowOf, simulatorOf } from './record';
import classes from './decisions.module.css';

type Record_ = Answer<'get', '/v1/decisions/{decision}'>;

export function RecordPage() {
  const { decision = '' } = useParams();
  const asked = useAsk('/v1/decisions/{decision}', { path: { decision } });
  if (asked.error) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <PageSkeleton />;
  const record = asked.data;
  return (
    <>
      <PageHeader
        above={
          <Anchor component={Link} to="/decisions?tab=recorded" size="sm">
            Recorded decisions
          </Anchor>
        }
        title={record.line.slot.replaceAll('_', ' ')}
        purpose={<Circumstances record={record} />}
      />
      <Stack gap="xl">
        {record.line.personal ? null : (
          <Alert color="yellow" icon={<IconUserOff aria-hidden />} title="Not personal: nothing of this customer was used">
            {record.line.why}
          </Alert>
        )}
        {record.degraded ? (
          <Alert color="red" title="Something was missing">
            {record.degraded}
          </Alert>
        ) : null}
        <ThenAndNow record={record} />
        <Outcomes record={record} />
      </Stack>
    </>
  );
}

function Circumstances({ record: { line, context } }: { record: Record_ }) {
  const facts = Object.entries(context).map(([name, value]) => `${name} ${String(value)}`);
  return (
    <Group gap="xs" component="span">
      {line.customer ? (
        <Anchor component={Link} to={`/customers/${encodeURIComponent(line.customer)}`}>
          {line.who}
        </Anchor>
      ) : (
        line.who
      )}
      <span>·</span>
      <Instant at={line.at} form="date" />
      {[line.place_title, ...facts].filter(Boolean).map((fact) => (
        <span key={fact}>· {fact}</span>
      ))}
    </Group>
  );
}

function ThenAndNow({ record }: { record: Record_ }) {
  const question: Question | null = nowOf(record);
  const may = useRight('decide');
  const now = useSimulation(may ? question : null);
  const changed = now.data ? changedVersions(record.versions, now.data.versions) : [];
  return (
    <div className={classes.columns}>
      <Stack gap="sm" component="section" aria-label="Then">
        <Title order={2}>Then</Title>
        <Then record={record} />
        <Text size="sm" c="dimmed">
          {record.line.why}
        </Text>
      </Stack>
      {may && question ? (
        <Stack gap="sm" component="section" aria-label="Now">
          <Group justify="space-between">
            <Title order={2}>Now</Title>
            <Button
              component={Link}
              to={simulatorOf(question)}
              variant="default"
              size="xs"
              leftSection={<IconFlask size={16} aria-hidden />}
            >
              Simulate the same
            </Button>
          </Group>
          {changed.length > 0 ? (
            <Text size="sm" c="dimmed">
              In force now in another version: {changed.join(', ')}.
            </Text>
          ) : null}
          {now.error ? <ErrorCard error={now.error} again={now.refetch} /> : null}
          {now.data ? (
            <Picks simulation={now.data} refused={3} before={record.picks.map(({ item }) => item)} label="Picks now" />
          ) : now.error ? null : (
            <Skeletons lines={6} />
          )}
        </Stack>
      ) : null}
    </div>
  );
}

const Then = ({ record: { picks } }: { record: Record_ }) =>
  picks.length === 0 ? (
    <Text c="dimmed">Nothing was shown.</Text>
  ) : (
    <ol className={classes.then} aria-label="Picks then">
      {picks.map((pick) => (
        <li key={pick.place}>
          <span className={classes.place}>{pick.place}</span>
          <span>
            <Text component="span" fw={600}>
              {pick.title}
            </Text>
            {pick.outcomes.map((name, index) => (
              // The same may have come back twice.
              <Badge key={`${name} ${String(index)}`} size="sm" variant="light" ml="xs">
                {name.replace('Offer ', '').toLowerCase()}
              </Badge>
            ))}
          </span>
          <Text component="span" size="sm" data-numbers>
            {pick.score_text}
          </Text>
        </li>
      ))}
    </ol>
  );

const Outcomes = ({ record: { outcomes, outcomes_text: looked } }: { record: Record_ }) => (
  <Stack gap="sm" component="section" aria-label="What came of it">
    <Title order={2}>What came of it</Title>
    {outcomes.length === 0 ? <Text c="dimmed">Nothing yet.</Text> : null}
    <ul className={classes.outcomes}>
      {outcomes.map(({ seq, at, text, token }) => (
        <li key={seq}>
          <Instant at={at} form="date" /> <span>{text}</span>
          {token ? null : <Text size="xs" c="dimmed">Without a token: credited to the decision that showed it last.</Text>}
        </li>
      ))}
    </ul>
    <Text size="sm" c="dimmed">
      {looked}
    </Text>
  </Stack>
);
