/** Notes and tasks by staff: the open tasks first, then what was written, the latest first. */
import { Text } from '@mantine/core';

import { useAsk } from '../../../api/ask';
import { ErrorCard } from '../../../parts/ErrorCard';
import { Skeletons } from '../../../parts/Skeletons';
import { Section } from '../Section';
import classes from '../customer.module.css';
import { NoteRow } from './NoteRow';
import type { Note } from './useDone';
import { WriteNote } from './WriteNote';

const isOpen = (note: Note) => note.kind === 'task' && note.done_at === null;

export function Notes({ customer }: { customer: string }) {
  const { data, error, refetch } = useAsk('/v1/customers/{customer}/notes', { path: { customer } });
  const notes = data ?? [];
  return (
    <Section title="Notes and tasks">
      <WriteNote customer={customer} />
      {error && !data ? <ErrorCard error={error} again={refetch} /> : null}
      {!data && !error ? <Skeletons lines={2} /> : null}
      {data?.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing was written yet.
        </Text>
      ) : null}
      <ul className={classes.rows} aria-label="Notes and tasks">
        {[...notes.filter(isOpen), ...notes.filter((note) => !isOpen(note))].map((note) => (
          <NoteRow key={note.id} note={note} />
        ))}
      </ul>
    </Section>
  );
}
