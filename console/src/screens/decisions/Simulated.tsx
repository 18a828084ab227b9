/** The simulator: a question in the address, its answer taken apart. Nothing is written. */
import { Stack } from '@mantine/core';
import { IconLayoutGrid } from '@tabler/icons-react';

import { useSimulation } from '../../api/simulation';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageSkeleton, TableSkeleton } from '../../parts/Skeletons';
import { useDebounced } from '../../parts/useDebounced';
import { Answer } from './Answer';
import { questionOf } from './question';
import { QuestionForm } from './QuestionForm';
import { useQuestion, useSlots, type Changes } from './useQuestion';

export function Simulated() {
  const { query, change } = useQuestion();
  const { asked, slots, slot } = useSlots(query);
  if (asked.error) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (asked.isPending) return <PageSkeleton />;
  if (slot === undefined) return <EmptyState icon={IconLayoutGrid}>This shop shows nothing yet: slots.yaml is empty.</EmptyState>;
  return (
    <Stack gap="xl">
      <QuestionForm slots={slots} slot={slot} query={query} onChange={change} />
      <Asked question={JSON.stringify(questionOf(slot, query))} query={query} onChange={change} />
    </Stack>
  );
}

interface AskedProps {
  /** As JSON, so that an equal question is not asked again. */
  question: string;
  query: URLSearchParams;
  onChange: (changes: Changes) => void;
}

function Asked({ question, query, onChange }: AskedProps) {
  const settled = useDebounced(question, 200);
  const asked = JSON.parse(settled) as ReturnType<typeof questionOf>;
  const simulation = useSimulation(asked);
  if (simulation.error) return <ErrorCard error={simulation.error} again={simulation.refetch} />;
  if (simulation.data === undefined) return <TableSkeleton rows={8} />;
  return <Answer simulation={simulation.data} question={asked} query={query} onChange={onChange} />;
}
