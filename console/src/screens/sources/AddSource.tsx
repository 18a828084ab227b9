/** Registering a source: what it is called, what it is believed, and on which basis its events are kept. */
import { Group, Modal, Radio, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { useTell } from '../../api/tell';
import { DialogForm } from '../../parts/DialogForm';
import { BASIS_CHOICES, keep, KINDS, SOURCES, type Registered } from './registered';
import { sourcePath } from './SourceList';

interface AddSourceProps {
  opened: boolean;
  onClose: () => void;
}

export const AddSource = ({ opened, onClose }: AddSourceProps) => (
  <Modal opened={opened} onClose={onClose} title="Add a source" size="lg">
    <AddForm onClose={onClose} />
  </Modal>
);

function AddForm({ onClose }: { onClose: () => void }) {
  const go = useNavigate();
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Registered['kind']>('browser');
  const [basis, setBasis] = useState<Registered['basis']>('legitimate_interest');
  const [category, setCategory] = useState('');
  const [environment, setEnvironment] = useState('');
  const add = useTell('post', '/v1/sources', {
    changes: SOURCES,
    onDone: (keys) => {
      keep(keys);
      void go(sourcePath(keys.name));
    },
  });
  const send = () => {
    add.mutate({ body: { name, kind, basis, environment: environment || null, category: basis === 'consent' ? category : null } });
  };
  return (
    <DialogForm telling={add} onSend={send} onClose={onClose} verb="Add">
      <Group grow align="flex-start">
        <TextInput
          label="Name"
          description="Such as web, app or till"
          required
          withAsterisk={false}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label="Environment"
          description="Such as staging; empty: this shop’s own"
          autoComplete="off"
          value={environment}
          onChange={(event) => setEnvironment(event.currentTarget.value)}
        />
      </Group>
      <Radio.Group label="Who sends" value={kind} onChange={setKind}>
        <Stack gap="sm" mt="xs">
          {KINDS.map((one) => (
            <Radio key={one.value} {...one} />
          ))}
        </Stack>
      </Radio.Group>
      <Group grow align="flex-start">
        <Select
          label="On which basis its events are kept"
          data={BASIS_CHOICES}
          allowDeselect={false}
          value={basis}
          onChange={(value) => setBasis(value ?? basis)}
        />
        {basis === 'consent' ? (
          <TextInput
            label="Consent to which purpose"
            description="Events without it are not kept"
            required
            withAsterisk={false}
            autoComplete="off"
            value={category}
            onChange={(event) => setCategory(event.currentTarget.value)}
          />
        ) : null}
      </Group>
    </DialogForm>
  );
}
