/** One simulated answer: what would be shown, the funnel that led there, every candidate. */
import { Group, Stack, Switch, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

import { useSimulation, type Question, type Simulation } from '../../api/simulation';
import { ErrorCard } from '../../parts/ErrorCard';
import { placed, Picks } from '../../parts/Picks';
import { Skeletons } from '../../parts/Skeletons';
import { Basis } from './Basis';
import { Candidates } from './Candidates';
import classes from './decisions.module.css';
import { Funnel } from './Funnel';
import { LeftOut } from './LeftOut';
import { asItIs, BETWEEN, leftKey, leftOut, supposes } from './question';
import type { Changes } from './useQuestion';

interface AnswerProps {
  simulation: Simulation;
  question: Question;
  query: URLSearchParams;
  onChange: (changes: Changes) => void;
}

export function Answer({ simulation, question, query, onChange }: AnswerProps) {
  const differs = supposes(question);
  const beside = differs && query.get('beside') !== 'no';
  const now = useSimulation(beside ? asItIs(question) : null);
  const leave = (what: 'items' | 'orders', ids: readonly string[]) =>
    onChange({ [leftKey(what)]: [...new Set([...leftOut(query, what), ...ids])].join(BETWEEN) });
  const before = beside && now.data ? placed(now.data).map(({ item }) => item) : undefined;
  return (
    <Stack gap="xl">
      <LeftOut absent={simulation.without} query={query} onChange={onChange} />
      <div className={classes.columns}>
        {beside ? (
          <Column title="As it is now">
            {now.error ? <ErrorCard error={now.error} again={now.refetch} /> : null}
            {now.data ? <Picks simulation={now.data} refused={0} label="Picks as it is now" /> : <Skeletons lines={6} />}
          </Column>
        ) : null}
        <Column
          title={differs ? 'Supposed' : 'What would be shown'}
          aside={
            differs ? (
              <Switch
                label="Beside now"
                checked={beside}
                onChange={(event) => onChange({ beside: event.currentTarget.checked ? null : 'no' })}
              />
            ) : null
          }
        >
          <Picks simulation={simulation} before={before} onLeave={leave} />
        </Column>
        {beside ? null : (
          <Stack gap="xl">
            <Came simulation={simulation} />
            <Basis simulation={simulation} />
          </Stack>
        )}
      </div>
      {beside ? (
        <div className={classes.columns}>
          <Came simulation={simulation} />
          <Basis simulation={simulation} />
        </div>
      ) : null}
      {simulation.ranked.length > 0 ? <Candidates simulation={simulation} /> : null}
    </Stack>
  );
}

const Column = ({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) => (
  <Stack gap="sm" component="section" aria-label={title}>
    <Group justify="space-between">
      <Title order={2}>{title}</Title>
      {aside}
    </Group>
    {children}
  </Stack>
);

const Came = ({ simulation }: { simulation: Simulation }) =>
  simulation.funnel.length > 0 ? (
    <Column title="How it came to that">
      <Text size="sm" c="dimmed">
        {simulation.total_text}
      </Text>
      <Funnel sieves={simulation.funnel} total={simulation.total} />
    </Column>
  ) : null;
