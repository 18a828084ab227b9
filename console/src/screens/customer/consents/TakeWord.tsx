/** Asks before a customer's word is taken down, with what it will mean; afterwards it can be taken back. */
import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
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
const SILENT = { wording: '', channel: '', policy_version: '', jurisdiction: '' };
const FIELDS = [
  { field: 'channel', label: 'Only by', placeholder: 'every channel', most: 60 },
  { field: 'policy_version', label: 'Privacy notice', placeholder: 'its version', most: 100 },
  { field: 'jurisdiction', label: 'Jurisdiction', placeholder: 'such as AT', most: 20 },
] as const;

export function TakeWord({ customer, word, onClose }: TakeWordProps) {
  const [said, setSaid] = useState(SILENT);
  const say = (field: keyof typeof SILENT, text: string) => setSaid((before) => ({ ...before, [field]: text }));
  const back = useTell('post', PATH, { changes: CHANGES, onFail: showFailure });
  const take = useTell('post', PATH, {
    changes: CHANGES,
    onDone: (_lines, { body: { purpose, given, channel } }) => {
      close();
      const undo = () => back.mutate({ path: { customer }, body: { purpose, given: !given, wording: 'Taken back' } });
      // What stood for one channel before is not known here.
      if (word?.action.undo && !channel) showUndo('It is taken down, and holds from now on.', undo);
    },
  });
  const close = () => {
    setSaid(SILENT);
    take.reset();
    onClose();
  };
  const send = (event: SyntheticEvent) => {
    event.preventDefault();
    if (word === null) return;
    take.mutate({ path: { customer }, body: { purpose: word.purpose, given: word.action.given, ...said } });
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
            value={said.wording}
            onChange={(event) => say('wording', event.currentTarget.value)}
          />
          <Group grow align="flex-start">
            {FIELDS.map(({ field, label, placeholder, most }) => (
              <TextInput
                key={field}
                label={label}
                placeholder={placeholder}
                maxLength={most}
                value={said[field]}
                onChange={(event) => say(field, event.currentTarget.value)}
              />
            ))}
          </Group>
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
