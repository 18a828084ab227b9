/** Every candidate that is told: score, what its parts are, and why it got no place. */
import { Stack, Text, Title } from '@mantine/core';

import type { Candidate, Simulation } from '../../api/simulation';
import { DataTable, type Column } from '../../parts/DataTable';
import { Unmet } from '../../parts/Unmet';
import { PartsBar, KINDS } from './PartsBar';
import classes from './decisions.module.css';

export function Candidates({ simulation: { ranked, refused } }: { simulation: Simulation }) {
  const all = [...ranked, ...refused];
  // By those that could have had a place: the worst of the others would make all bars tiny, and runs over.
  const measured = ranked.length > 0 ? ranked : all;
  const most = Math.max(...measured.flatMap(({ parts }) => [sum(parts, 1), sum(parts, -1)]), 1e-9);
  const columns: Column<Candidate>[] = [
    { key: 'place', title: 'Place', numeric: true, width: '4rem', render: ({ place }) => place ?? '–' },
    { key: 'title', title: 'Candidate', render: (one) => <Name candidate={one} /> },
    { key: 'score', title: 'Score', numeric: true, width: '6rem', render: ({ score_text: text }) => text },
    { key: 'parts', title: 'Its parts', width: '14rem', render: ({ parts }) => <PartsBar parts={parts} most={most} /> },
    { key: 'why', title: 'What stopped it', render: (one) => <Stopped candidate={one} /> },
  ];
  return (
    <Stack gap="sm" component="section" aria-label="All candidates">
      <Title order={2}>All candidates</Title>
      <Kinds all={all} />
      <DataTable
        caption="Candidates: those with a place, the next best, and the best that a rule kept out"
        columns={columns}
        rows={all}
        rowKey={({ item }) => item}
        minWidth={760}
        maxHeight="70vh"
      />
    </Stack>
  );
}

const sum = (parts: Candidate['parts'], sign: 1 | -1) =>
  parts.reduce((total, { part }) => total + Math.max(0, sign * part), 0);

const Name = ({ candidate: { title, item, coupon } }: { candidate: Candidate }) => (
  <>
    <Text size="sm" fw={500}>
      {title}
    </Text>
    <Text size="xs" c="dimmed">
      {[item === title ? '' : item, coupon?.role].filter(Boolean).join(' · ')}
    </Text>
  </>
);

const Stopped = ({ candidate: { why, unmet } }: { candidate: Candidate }) => (
  <>
    <Text size="sm" c="dimmed">
      {why}
    </Text>
    {unmet.length > 0 ? <Unmet conditions={unmet} /> : null}
  </>
);

function Kinds({ all }: { all: readonly Candidate[] }) {
  const there = new Set(all.flatMap(({ parts }) => parts.map(({ kind }) => kind)));
  const shown = KINDS.filter(({ kind }) => there.has(kind));
  if (shown.length < 2) return null;
  return (
    <ul className={classes.kinds} aria-label="Colours of the parts">
      {shown.map(({ kind, label }) => (
        <li key={kind}>
          <span data-kind={kind} aria-hidden /> {label}
        </li>
      ))}
    </ul>
  );
}
