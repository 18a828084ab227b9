/** One note or task: what it says, by whom; done, mended, removed. */
import { ActionIcon, Badge, Button, Checkbox, Group, Stack, Text, Textarea, Tooltip } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';

import { useTell } from '../../../api/tell';
import { Instant } from '../../../parts/Instant';
import { showUndo } from '../../../parts/undo';
import classes from '../customer.module.css';
import { showFailure } from '../showFailure';
import { NOTES_CHANGE } from './paths';
import { useDone, type Note } from './useDone';

export function NoteRow({ note }: { note: Note }) {
  const setDone = useDone();
  const remove = useRemove();
  const [mending, setMending] = useState(false);
  const done = note.done_at !== null;
  return (
    <li>
      <Group align="flex-start" wrap="nowrap" gap="sm">
        {note.kind === 'task' ? (
          <Checkbox
            mt={3}
            aria-label={`Done: ${note.text}`}
            checked={done}
            onChange={(event) => setDone(note, event.currentTarget.checked)}
          />
        ) : null}
        <div className={classes.body}>
          {mending ? (
            <Mend note={note} onClose={() => setMending(false)} />
          ) : (
            <Text className={classes.text} td={done ? 'line-through' : undefined}>
              {note.text}
            </Text>
          )}
          <Text size="xs" c="dimmed" component="div">
            {note.due && !done ? (
              <Badge size="xs" mr={6} variant="light" color={note.overdue ? 'red' : 'gray'}>
                {note.due}
              </Badge>
            ) : null}
            {note.author}, <Instant at={note.at} />
            {note.done_at === null || note.done_by === null ? null : (
              <>
                ; done by {note.done_by}, <Instant at={note.done_at} />
              </>
            )}
          </Text>
        </div>
        <Group gap={0} wrap="nowrap">
          <Tooltip label="Change">
            <ActionIcon variant="subtle" color="gray" aria-label={`Change: ${note.text}`} onClick={() => setMending(true)}>
              <IconPencil size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Remove">
            <ActionIcon variant="subtle" color="gray" aria-label={`Remove: ${note.text}`} onClick={() => remove(note)}>
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
    </li>
  );
}

function useRemove() {
  const restore = useTell('post', '/v1/customers/{customer}/notes', { changes: NOTES_CHANGE, onFail: showFailure });
  const { mutate } = useTell('delete', '/v1/notes/{note}', {
    changes: NOTES_CHANGE,
    onDone: ({ customer, text, kind, due_at }) =>
      showUndo(kind === 'task' ? 'The task is removed.' : 'The note is removed.', () =>
        restore.mutate({ path: { customer }, body: { text, kind, due_at } }),
      ),
    onFail: showFailure,
  });
  return (note: Note) => mutate({ path: { note: note.id } });
}

function Mend({ note, onClose }: { note: Note; onClose: () => void }) {
  const [text, setText] = useState(note.text);
  const mend = useTell('patch', '/v1/notes/{note}', { changes: NOTES_CHANGE, onDone: onClose, onFail: showFailure });
  return (
    <Stack gap="xs" mb="xs">
      <Textarea
        aria-label="What it says"
        autosize
        minRows={2}
        maxLength={2000}
        value={text}
        data-autofocus
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group gap="xs">
        <Button
          size="xs"
          loading={mend.isPending}
          disabled={!text.trim()}
          onClick={() => mend.mutate({ path: { note: note.id }, body: { text } })}
        >
          Keep
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          Cancel
        </Button>
      </Group>
    </Stack>
  );
}
