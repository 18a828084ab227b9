/** Asks before a customer's word is taken down, with what it will mean; afterwards it can be taken back. */
import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';

import { useTell } from '../../../api/tell';
import { ErrorCard } from '../../../parts/ErrorCard';
import { showUndo } from '../../../parts/undo';
import { showFailure } from '../showFailure';
import type { Page } from '../Who';

export interface Word {
  purpose: string;
  action: Page['consents'][number]['actions'][number];
}

interface TakeWordProps {
  customer: string;
  word: Word | null;
  onClose: () => void;
}

const PATH = '/v1/customers/{customer}/consents';
const CHANGES = ['/v1/customers/{customer}', '/v1/simulate'];
const MOST = 500;

export function TakeWord({ customer, word, onClose }: TakeWordProps) {
  const [wording, setWording] = useState('');
  const back = useTell('post', PATH, { changes: CHANGES, onFail: showFailure });
  const take = useTell('post', PATH, {
    changes: CHANGES,
    onDone: (_lines, { body: { purpose, given } }) => {
      close();
      const undo = () => back.mutate({ path: { customer }, body: { purpose, given: !given, wording: 'Taken back' } });
      if (word?.action.undo) showUndo('It is taken down, and holds from now on.', undo);
    },
  });
  const close = () => {
    setWording('');
    take.reset();
    onClose();
  };
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    if (word === null) return;
    take.mutate({ path: { customer }, body: { purpose: word.purpose, given: word.action.given, wording } });
  };
  return (
    <Modal opened={word !== null} onClose={close} title={word?.action.words}>
      <form onSubmit={send}>
        <Stack>
          <Text>{word?.action.effect}</Text>
          {word?.action.undo === false ? (
            <Text size="sm" c="dimmed">
              Nothing was said until now. What is taken down stays in the log; it can be changed, not unsaid.
            </Text>
          ) : null}
          <Textarea
            label="How it was said"
            description="Stands in the log as proof, so name nobody"
            placeholder="On the telephone, asked whether …"
            maxLength={MOST}
            autosize
            minRows={2}
            value={wording}
            onChange={(event) => setWording(event.currentTarget.value)}
          />
          {take.error ? <ErrorCard error={take.error} title="It was not taken down" /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={take.isPending} color={word?.action.given === false ? 'red' : undefined}>
              {word?.action.words}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
