/** What an answer rests on: leave, arm, versions, notes; and the same question for a program. */
import { Anchor, Group, List, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';

import type { Simulation } from '../../api/simulation';
import { useRight } from '../../api/session';
import { CopyButton } from '../../parts/CopyButton';
import { curl } from '../../parts/curl';
import { Instant } from '../../parts/Instant';
import classes from './decisions.module.css';

export function Basis({ simulation }: { simulation: Simulation }) {
  const named = useRight('customers') && simulation.customer !== '';
  const body = JSON.stringify(simulation.request, null, 2);
  return (
    <Stack gap="sm" component="section" aria-label="What it rests on">
      <Group justify="space-between">
        <Title order={2}>What it rests on</Title>
        <CopyButton label="Copy as curl" text={curl(window.location.origin, '/v1/decide', body)} />
      </Group>
      <dl className={classes.terms}>
        <Term name="Personal">{simulation.personal ? `yes: ${simulation.why}` : `no: ${simulation.why}`}</Term>
        <Term name="Arm">{simulation.arm}</Term>
        <Term name="At">
          <Instant at={simulation.at} form="date" />
        </Term>
        {named ? (
          <Term name="Customer">
            <Anchor component={Link} to={`/customers/${encodeURIComponent(simulation.customer)}`} size="sm">
              Their page
            </Anchor>
          </Term>
        ) : null}
        {Object.entries(simulation.versions).map(([name, version]) => (
          <Term key={name} name={name}>
            <code>{version}</code>
          </Term>
        ))}
      </dl>
      {simulation.notes.length > 0 ? (
        <List size="sm" c="dimmed">
          {simulation.notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      ) : null}
      <Text size="sm" c="dimmed">
        Nothing of this is written down, and no outcome is credited to it.
      </Text>
    </Stack>
  );
}

const Term = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
