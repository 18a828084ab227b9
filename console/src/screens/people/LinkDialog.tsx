/** A link that signs somebody in once, to copy and hand over. */
import { Alert, Button, Group, Loader, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useEffect } from 'react';

import { useTell } from '../../api/tell';
import { CopyButton } from '../../parts/CopyButton';
import { Instant } from '../../parts/Instant';
import classes from './people.module.css';

export function LinkDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { mutate, isIdle, data, error } = useTell('post', '/v1/users/{name}/link');
  useEffect(() => {
    if (isIdle) mutate({ path: { name }, body: { minutes: 60 } });
  }, [isIdle, mutate, name]);
  return (
    <Modal opened onClose={onClose} title={`A link for ${name}`} size="lg">
      <Stack>
        {error ? (
          <Alert color="red" role="alert">
            {error.message}
          </Alert>
        ) : null}
        {data ? (
          <>
            <Text>
              It signs {name} in once, until <Instant at={data.expires_at} form="date" />. Whoever has it is {name}: hand it
              over in private.
            </Text>
            <Group align="flex-end" wrap="nowrap">
              <TextInput
                label="Link"
                readOnly
                flex={1}
                value={data.url}
                classNames={{ input: classes.link }}
                onFocus={(event) => event.currentTarget.select()}
              />
              <CopyButton text={data.url} label="Copy the link" />
            </Group>
          </>
        ) : null}
        {!data && !error ? <Loader aria-label="Making the link" /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Done
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
