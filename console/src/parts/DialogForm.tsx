/**
 * A dialog's form: why the server refused, the fields, and the buttons that leave it or send it.
 *
 * <DialogForm telling={add} onSend={() => add.mutate({ body })} onClose={onClose} verb="Add">…</DialogForm>
 */
import { Alert, Button, Group, Stack } from '@mantine/core';
import type { ReactNode, SyntheticEvent } from 'react';

interface DialogFormProps {
  /** The change that it sends, of `useTell`. */
  telling: { error: Error | null; isPending: boolean };
  onSend: () => void;
  onClose: () => void;
  /** What the button that sends says. */
  verb: string;
  children: ReactNode;
}

export function DialogForm({ telling, onSend, onClose, verb, children }: DialogFormProps) {
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    onSend();
  };
  return (
    <form onSubmit={send}>
      <Stack gap="lg">
        {telling.error ? (
          <Alert color="red" role="alert">
            {telling.error.message}
          </Alert>
        ) : null}
        {children}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={telling.isPending}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
