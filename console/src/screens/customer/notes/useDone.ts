/** Marks a task as done, or not done after all, with a way back. */
import type { Answer } from '../../../api/contract';
import { useTell } from '../../../api/tell';
import { showUndo } from '../../../parts/undo';
import { showFailure } from '../showFailure';
import { NOTES_CHANGE } from './paths';

export type Note = Answer<'get', '/v1/tasks'>[number];

export function useDone() {
  const { mutate } = useTell('patch', '/v1/notes/{note}', {
    changes: NOTES_CHANGE,
    onDone: (note) => {
      if (note.done_at !== null) showUndo('The task is done.', () => send(note.id, false));
    },
    onFail: showFailure,
  });
  const send = (id: string, done: boolean) => mutate({ path: { note: id }, body: { done } });
  return (note: Note, done: boolean) => send(note.id, done);
}
