/** Marks a task as done, or not done after all: at once on the page, with a way back. */
import type { Answer } from '../../../api/contract';
import { queries, refresh } from '../../../api/queries';
import { useTell } from '../../../api/tell';
import { showUndo } from '../../../parts/undo';
import { showFailure } from '../showFailure';
import { NOTES_CHANGE } from './paths';

export type Note = Answer<'get', '/v1/tasks'>[number];

/**
 * Show what is not answered yet; who did it and when is told by the server afterwards. An answer that was asked for
 * before would take it back from the page: it is not waited for.
 */
function foresee(id: string, done: boolean): void {
  const changed = (notes: readonly Note[] | undefined) =>
    notes?.map((note) => (note.id === id ? { ...note, done_at: done ? note.at : null, done_by: null } : note));
  for (const path of NOTES_CHANGE) {
    void queries.cancelQueries({ queryKey: [path] });
    queries.setQueriesData<readonly Note[]>({ queryKey: [path] }, changed);
  }
}

export function useDone() {
  const { mutate } = useTell('patch', '/v1/notes/{note}', {
    changes: NOTES_CHANGE,
    onDone: (note) => {
      if (note.done_at !== null) showUndo('The task is done.', () => send(note.id, false));
    },
    onFail: (error) => {
      void refresh(...NOTES_CHANGE);
      showFailure(error);
    },
  });
  const send = (id: string, done: boolean) => {
    foresee(id, done);
    mutate({ path: { note: id }, body: { done } });
  };
  return (note: Note, done: boolean) => send(note.id, done);
}
