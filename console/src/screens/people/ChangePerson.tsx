/** Changing an account: its name for others, role, e-mail address, password. */
import { Alert, Modal, PasswordInput, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';

import { useTell } from '../../api/tell';
import { DialogForm } from '../../parts/DialogForm';
import type { Person, RoleWords } from './person';
import { RolePicker } from './RolePicker';

interface ChangePersonProps {
  person: Person;
  roles: readonly RoleWords[];
  onClose: () => void;
}

export function ChangePerson({ person, roles, onClose }: ChangePersonProps) {
  const [display, setDisplay] = useState(person.display);
  const [role, setRole] = useState(person.role);
  const [email, setEmail] = useState(person.email ?? '');
  const [password, setPassword] = useState('');
  const change = useTell('patch', '/v1/users/{name}', {
    changes: ['/v1/users'],
    onDone: (now) => {
      notifications.show({ message: `${now.display} is changed.` });
      onClose();
    },
  });
  const send = () => {
    const body = {
      ...(display !== person.display ? { display } : {}),
      ...(role !== person.role ? { role } : {}),
      ...(email !== (person.email ?? '') ? { email: email.trim() === '' ? null : email } : {}),
      ...(password !== '' ? { password } : {}),
    };
    if (Object.keys(body).length === 0) onClose();
    else change.mutate({ path: { name: person.name }, body });
  };
  return (
    <Modal opened onClose={onClose} title={`Change ${person.display}`} size="lg">
      <DialogForm telling={change} onSend={send} onClose={onClose} verb="Change">
        <TextInput
          label="Name that others read"
          autoComplete="off"
          value={display}
          onChange={(event) => setDisplay(event.currentTarget.value)}
          data-autofocus
        />
        <RolePicker roles={roles} value={role} onChange={setRole} />
        <TextInput
          label="E-mail address at another system"
          description="Where they sign in through a provider of identities; otherwise empty"
          type="email"
          autoComplete="off"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label="New password"
          description="Empty: it stays as it is"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Alert color="yellow" variant="light">
          Another role, address or password signs {person.display} out everywhere.
        </Alert>
      </DialogForm>
    </Modal>
  );
}
