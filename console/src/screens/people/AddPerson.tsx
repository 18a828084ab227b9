/** Letting somebody sign in: who they are, what they may do, and how they come in the first time. */
import { Group, Modal, PasswordInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';

import { useSession } from '../../api/session';
import { useTell } from '../../api/tell';
import { DialogForm } from '../../parts/DialogForm';
import type { Person, RoleWords } from './person';
import { RolePicker } from './RolePicker';

interface AddPersonProps {
  opened: boolean;
  onClose: () => void;
  roles: readonly RoleWords[];
  /** Called with the name of somebody who is to get a link. */
  onLink: (name: string) => void;
}

type Way = 'link' | 'password' | 'identity';

export const AddPerson = ({ opened, onClose, ...rest }: AddPersonProps) => (
  <Modal opened={opened} onClose={onClose} title="Add a person" size="lg">
    <AddForm onClose={onClose} {...rest} />
  </Modal>
);

function AddForm({ onClose, roles, onLink }: Omit<AddPersonProps, 'opened'>) {
  const house = useSession().ways.oidc[0];
  const [display, setDisplay] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Person['role']>('marketer');
  const [way, setWay] = useState<Way>('link');
  const [secret, setSecret] = useState('');
  const add = useTell('post', '/v1/users', {
    changes: ['/v1/users'],
    onDone: (person) => {
      onClose();
      if (way === 'link') onLink(person.name);
      else notifications.show({ message: `${person.display} may sign in.` });
    },
  });
  const send = () => {
    const how = way === 'password' ? { password: secret } : way === 'identity' ? { email: secret } : {};
    add.mutate({ body: { name, display, role, ...how } });
  };
  const ways = [
    { value: 'link', label: 'A link' },
    { value: 'password', label: 'A password' },
    ...(house ? [{ value: 'identity', label: house.title }] : []),
  ];
  return (
    <DialogForm telling={add} onSend={send} onClose={onClose} verb="Add">
      <Group grow align="flex-start">
        <TextInput
          label="Name to sign in"
          description="Short, such as ann"
          required
          withAsterisk={false}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label="Name that others read"
          description="Such as Ann Baker"
          autoComplete="off"
          value={display}
          onChange={(event) => setDisplay(event.currentTarget.value)}
        />
      </Group>
      <RolePicker roles={roles} value={role} onChange={setRole} />
      <Stack gap="xs">
        <Text size="sm" fw={500} id="first-way">
          How they come in the first time
        </Text>
        <SegmentedControl
          aria-labelledby="first-way"
          data={ways}
          value={way}
          onChange={(value) => {
            setWay(value as Way);
            setSecret('');
          }}
        />
        <FirstWay way={way} value={secret} onChange={setSecret} />
      </Stack>
    </DialogForm>
  );
}

interface FirstWayProps {
  way: Way;
  value: string;
  onChange: (value: string) => void;
}

function FirstWay({ way, value, onChange }: FirstWayProps) {
  if (way === 'password') {
    return (
      <PasswordInput
        label="Password"
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  if (way === 'identity') {
    return (
      <TextInput
        label="E-mail address there"
        type="email"
        required
        withAsterisk={false}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return (
    <Text size="sm" c="dimmed">
      You get a link to hand over. It signs in once; then they choose a password.
    </Text>
  );
}
