/** How clients are wired to a source, in lines to paste, and whether its first event has come. */
import { Anchor, Badge, Code, Group, Loader, Stack, Tabs, Text, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { Link } from 'react-router';

import { CopyButton } from '../../parts/CopyButton';
import { Instant } from '../../parts/Instant';
import { useMade, type Page } from './registered';
import { waitingPath } from './SourceList';
import classes from './sources.module.css';

/** What stands in the lines for the key. */
const KEY = 'WRITE_KEY';

export function WireIt({ page }: { page: Page }) {
  const key = useMade(page.name)?.write_key;
  return (
    <section>
      <Group justify="space-between" mb="sm">
        <Title order={2}>Wire it</Title>
        {page.line.elsewhere ? null : <FirstEvent page={page} />}
      </Group>
      <Tabs defaultValue="0" keepMounted={false}>
        <Tabs.List mb="sm">
          {page.wires.map(({ client }, index) => (
            <Tabs.Tab key={client} value={String(index)}>
              {client}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {page.wires.map(({ client, install, lines }, index) => {
          const filled = key ? lines.replaceAll(KEY, key) : lines;
          return (
            <Tabs.Panel key={client} value={String(index)}>
              <Stack gap="sm">
                {install ? <Lines text={install} label={`Copy how to install ${client}`} /> : null}
                <Lines text={filled} label={`Copy the lines for ${client}`} />
              </Stack>
            </Tabs.Panel>
          );
        })}
      </Tabs>
      {key ? null : (
        <Text size="sm" c="dimmed" mt="xs">
          {KEY} stands for the key, which was shown when it was made. Who has lost it rotates it.
        </Text>
      )}
    </section>
  );
}

const Lines = ({ text, label }: { text: string; label: string }) => (
  <div className={classes.lines}>
    <Code block tabIndex={0} className={classes.body}>
      {text}
    </Code>
    <div className={classes.copy}>
      <CopyButton text={text} label={label} iconOnly />
    </div>
  </div>
);

function FirstEvent({ page: { registered, line } }: { page: Page }) {
  return (
    <Group gap="xs" role="status">
      {registered.first_event_at ? (
        <>
          <Badge variant="light" leftSection={<IconCheck size={12} aria-hidden />}>
            First event received
          </Badge>
          <Text size="sm" c="dimmed" component="span">
            <Instant at={registered.first_event_at} />
          </Text>
        </>
      ) : (
        <>
          <Loader size="xs" aria-hidden />
          <Text size="sm">{line.refused_words ? `${line.refused_words}.` : 'Listening for the first event…'}</Text>
          {line.waiting > 0 ? (
            <Anchor component={Link} to={waitingPath(line)} size="sm">
              What came waits in quarantine: see why
            </Anchor>
          ) : null}
        </>
      )}
    </Group>
  );
}
