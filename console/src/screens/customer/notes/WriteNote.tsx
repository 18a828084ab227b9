/** Writes a note or a task; what was typed stays until the server has it. */
import { Button, Group, SegmentedControl, Stack, Textarea, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';

import { useTell } from '../../../api/tell';
import { ErrorCard } from '../../../parts/ErrorCard';
import { noonOf } from './noon';
import { NOTES_CHANGE } from './paths';

const MOST = 2_000;

export function WriteNote({ customer }: { customer: string }) {
  const [text, setText] = useState('');
  const [kind, setKind] = useState<'note' | 'task'>('note');
  const [day, setDay] = useState('');
  const add = useTell('post', '/v1/customers/{customer}/notes', {
    changes: NOTES_CHANGE,
    onDone: () => {
      setText('');
      setDay('');
    },
  });
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    const due = kind === 'task' ? noonOf(day) : null;
    add.mutate({ path: { customer }, body: { text, kind, due_at: due } });
  };
  return (
    <form onSubmit={send}>
      <Stack gap="xs">
        <Textarea
          aria-label="Write a note or a task"
          placeholder={kind === 'task' ? 'What is to be done?' : 'What should everybody know?'}
          autosize
          minRows={1}
          maxRows={8}
          maxLength={MOST}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {text ? (
          <Group gap="xs" justify="space-between">
            <Group gap="xs">
              <SegmentedControl
                size="xs"
                aria-label="Kind"
                value={kind}
                onChange={(value) => setKind(value === 'task' ? 'task' : 'note')}
                data={[
                  { value: 'note', label: 'Note' },
                  { value: 'task', label: 'Task' },
                ]}
              />
              {kind === 'task' ? (
                <TextInput
                  size="xs"
                  type="date"
                  aria-label="Due on"
                  value={day}
                  onChange={(event) => setDay(event.currentTarget.value)}
                />
              ) : null}
            </Group>
            <Button size="xs" type="submit" loading={add.isPending} disabled={!text.trim()}>
              {kind === 'task' ? 'Add the task' : 'Add the note'}
            </Button>
          </Group>
        ) : null}
        {add.error ? <ErrorCard error={add.error} title="It was not written" /> : null}
      </Stack>
    </form>
  );
}
