/** On which terms a source may send: its keys, a new one for it, and whether it may send at all. */
import { Alert, Badge, Button, Group, Modal, Select, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';

import { useRight } from '../../api/session';
import { useTell } from '../../api/tell';
import { Instant } from '../../parts/Instant';
import { showUndo } from '../../parts/undo';
import { basisTitle, keep, kindTitle, SOURCES, type Registered } from './registered';
import classes from './sources.module.css';

interface TermsProps {
  name: string;
  source: Registered;
}

interface WholeProps extends TermsProps {
  /** Why nothing is taken from it: it is registered for another environment; or empty. */
  elsewhere: string;
  /** The shop's. */
  environment: string;
}

export function Terms({ name, source, elsewhere, environment }: WholeProps) {
  const mayEdit = useRight('edit');
  return (
    <section>
      <Group justify="space-between" mb="sm">
        <Title order={2}>Who may send</Title>
        {mayEdit ? <Acts name={name} source={source} /> : null}
      </Group>
      {elsewhere ? (
        <Alert color="yellow" title={`Nothing is taken from ${name}`} mb="md">
          <Stack align="flex-start" gap="sm">
            <Text size="sm">It is {elsewhere}.</Text>
            {mayEdit ? <TakeHere name={name} environment={environment} /> : null}
          </Stack>
        </Alert>
      ) : null}
      <dl className={classes.terms}>
        <div>
          <dt>Who sends</dt>
          <dd>
            {kindTitle(source)}, {source.environment}{' '}
            {source.disabled ? (
              <Badge color="red" variant="light">
                shut out
              </Badge>
            ) : null}
          </dd>
        </div>
        <div>
          <dt>Basis</dt>
          <dd>{basisTitle(source)}</dd>
        </div>
        <div>
          <dt>{source.keys.length === 1 ? 'Write key' : 'Write keys'}</dt>
          {source.keys.map((key) => (
            <dd key={`${key.hint}${key.created_at}`}>
              …{key.hint}, since <Instant at={key.created_at} form="date" />
              {key.expires_at ? (
                <>
                  , works until <Instant at={key.expires_at} form="date" />
                </>
              ) : null}
            </dd>
          ))}
        </div>
      </dl>
    </section>
  );
}

function TakeHere({ name, environment }: { name: string; environment: string }) {
  const change = useTell('patch', '/v1/sources/{name}', {
    changes: SOURCES,
    onDone: () => notifications.show({ message: `What ${name} sends is taken from now on.` }),
    onFail: (error) => notifications.show({ color: 'red', message: error.message }),
  });
  return (
    <Button
      variant="default"
      size="xs"
      loading={change.isPending}
      onClick={() => change.mutate({ path: { name }, body: { environment } })}
    >
      Register it for {environment}
    </Button>
  );
}

function Acts({ name, source }: TermsProps) {
  const [rotating, { open, close }] = useDisclosure(false);
  const change = useTell('patch', '/v1/sources/{name}', {
    changes: SOURCES,
    onDone: (now) =>
      now.disabled
        ? showUndo(`${name} may not send any more.`, () => set(false))
        : notifications.show({ message: `${name} may send again.` }),
    onFail: (error) => notifications.show({ color: 'red', message: error.message }),
  });
  const set = (disabled: boolean) => change.mutate({ path: { name }, body: { disabled } });
  return (
    <Group gap="sm">
      <Button variant="default" size="xs" onClick={open}>
        Rotate the key…
      </Button>
      <Button variant="default" size="xs" loading={change.isPending} onClick={() => set(!source.disabled)}>
        {source.disabled ? 'Let it send again' : 'Shut it out'}
      </Button>
      <Modal opened={rotating} onClose={close} title={`A new key for ${name}`} size="md">
        <Rotating name={name} source={source} onClose={close} />
      </Modal>
    </Group>
  );
}

const GRACES = [
  { value: '0', label: 'Not at all: it leaked' },
  { value: '24', label: 'For a day' },
  { value: '168', label: 'For a week' },
  { value: '720', label: 'For 30 days' },
];
const SECRET = 'secret';

function Rotating({ name, source, onClose }: TermsProps & { onClose: () => void }) {
  const [what, setWhat] = useState('key');
  const [grace, setGrace] = useState('24');
  const rotate = useTell('post', '/v1/sources/{name}/rotate', {
    changes: SOURCES,
    onDone: (keys) => {
      keep(keys);
      onClose();
    },
  });
  const body = what === SECRET ? { identity_secret: true } : { grace_hours: Number(grace) };
  return (
    <Stack>
      {rotate.error ? (
        <Alert color="red" role="alert">
          {rotate.error.message}
        </Alert>
      ) : null}
      {source.kind === 'browser' ? (
        <Select
          label="What is made anew"
          data={[
            { value: 'key', label: 'The write key' },
            { value: SECRET, label: 'The identity secret' },
          ]}
          allowDeselect={false}
          value={what}
          onChange={(value) => setWhat(value ?? 'key')}
        />
      ) : null}
      {what === SECRET ? (
        <Text>Tokens that were signed with the secret before prove nothing from now on.</Text>
      ) : (
        <Select
          label="For how long the key before works on"
          data={GRACES}
          allowDeselect={false}
          value={grace}
          onChange={(value) => setGrace(value ?? '24')}
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={rotate.isPending} onClick={() => rotate.mutate({ path: { name }, body })}>
          Make it anew
        </Button>
      </Group>
    </Stack>
  );
}
