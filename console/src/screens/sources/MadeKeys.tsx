/** Keys that were just made, to copy: they are shown this once. */
import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';

import { CopyButton } from '../../parts/CopyButton';
import { forget, useMade } from './registered';
import classes from './sources.module.css';

export function MadeKeys({ name }: { name: string }) {
  const keys = useMade(name);
  if (!keys) return null;
  return (
    <Alert color="yellow" icon={<IconKey aria-hidden />} title="Copy this now: it is not shown again" role="status">
      <Stack>
        {keys.write_key ? (
          <Shown label="Write key" text={keys.write_key}>
            It stands in the lines below for as long as this page is open.
          </Shown>
        ) : null}
        {keys.identity_secret ? (
          <Shown label="Identity secret" text={keys.identity_secret}>
            For your server alone: it signs who a visitor is. Never send it to a browser.
          </Shown>
        ) : null}
        <Group justify="flex-end">
          <Button size="xs" variant="default" onClick={() => forget(name)}>
            I have it
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

const Shown = ({ label, text, children }: { label: string; text: string; children: string }) => (
  <div>
    <Group align="flex-end" gap="sm">
      <TextInput
        label={label}
        readOnly
        flex="1 1 14rem"
        value={text}
        classNames={{ input: classes.key }}
        onFocus={(event) => event.currentTarget.select()}
      />
      <CopyButton text={text} label={`Copy the ${label.toLowerCase()}`} />
    </Group>
    <Text size="sm" mt={4}>
      {children}
    </Text>
  </div>
);
