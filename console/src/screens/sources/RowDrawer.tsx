/** One row that waits: as it came, why, and a place to mend it before it is offered again. */
import { Alert, Button, Code, Drawer, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';

import { useAsk } from '../../api/ask';
import type { Answer } from '../../api/contract';
import { useRight } from '../../api/session';
import { useTell } from '../../api/tell';
import { ErrorCard } from '../../parts/ErrorCard';
import { Instant } from '../../parts/Instant';
import { Skeletons } from '../../parts/Skeletons';
import { CHANGED } from './QuarantineTab';
import classes from './sources.module.css';

type Row = Answer<'get', '/v1/quarantine/{row}'>;

interface RowDrawerProps {
  /** Empty: closed. */
  id: string;
  onClose: () => void;
}

export const RowDrawer = ({ id, onClose }: RowDrawerProps) => (
  <Drawer opened={id !== ''} onClose={onClose} position="right" size="lg" title="A row that waits">
    {id ? <Loaded key={id} id={id} onClose={onClose} /> : null}
  </Drawer>
);

function Loaded({ id, onClose }: RowDrawerProps) {
  const asked = useAsk('/v1/quarantine/{row}', { path: { row: id } });
  if (asked.error) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <Skeletons lines={6} />;
  return <Shown row={asked.data} onClose={onClose} />;
}

const written = (body: unknown) => JSON.stringify(body, null, 2);

/** Read what was typed; null where it is no object and no list. */
function parsed(text: string): Record<string, never> | Record<string, never>[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Record<string, never> | Record<string, never>[] | null) : null;
  } catch {
    return null;
  }
}

function Shown({ row, onClose }: { row: Row; onClose: () => void }) {
  const mayEdit = useRight('edit');
  const maySee = useRight('personal');
  const came = written(row.body);
  const [text, setText] = useState(came);
  const body = parsed(text);
  const done = ({ taken, words }: { taken: number; words: string }) => {
    notifications.show({ message: words });
    if (taken > 0) onClose();
  };
  const again = useTell('post', '/v1/quarantine/replay', { changes: CHANGED, onDone: done });
  const mend = useTell('post', '/v1/quarantine/{row}/replay', { changes: CHANGED, onDone: done });
  const answer = mend.data ?? again.data;
  const waitsOn = answer?.taken === 0 ? answer.waiting : null;
  const offer = () => {
    if (text === came) again.mutate({ body: { ids: [row.id] } });
    else if (body !== null) mend.mutate({ path: { row: row.id }, body: { body } });
  };
  return (
    <Stack>
      <div>
        <Text fw={600} className={classes.wrap}>
          {row.origin}
          {row.position === null ? '' : `, row ${row.position}`}
        </Text>
        <Text size="sm" c="dimmed" component="div">
          since <Instant at={row.at} />
          {row.mapping ? `, read by ${row.mapping}` : ''}
        </Text>
      </div>
      <Alert color="yellow" title={row.code}>
        {row.reason}
      </Alert>
      {row.replayed_at ? (
        <Alert color="blue" title="It was taken after all">
          {row.mended_by ? `Mended by ${row.mended_by}. What came first is kept below.` : null}
        </Alert>
      ) : null}
      {maySee ? null : <Text c="dimmed">What came may name a person, which your role does not show.</Text>}
      {maySee && mayEdit && !row.replayed_at ? (
        <>
          <Textarea
            label="As it came; mend it here"
            className={classes.mono}
            autosize
            minRows={8}
            maxRows={24}
            value={text}
            error={body === null ? 'This is no JSON object or list.' : undefined}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          {mend.error ?? again.error ? (
            <ErrorCard error={mend.error ?? again.error} title="It could not be offered again" />
          ) : null}
          {waitsOn ? (
            <Alert color="yellow" title="It waits on" role="alert">
              {waitsOn.map(({ reason }) => reason).join('; ')}
            </Alert>
          ) : null}
          <Text size="sm" c="dimmed">
            What goes in cannot be taken out again. What came first is kept, with your name.
          </Text>
          <Group>
            <Button onClick={offer} disabled={body === null} loading={mend.isPending || again.isPending}>
              {text === came ? 'Offer it again as it is' : 'Offer it mended'}
            </Button>
            {text === came ? null : (
              <Button variant="default" onClick={() => setText(came)}>
                As it came
              </Button>
            )}
          </Group>
        </>
      ) : null}
      {maySee && (row.replayed_at || !mayEdit) ? (
        <Body title="As it came" text={came} />
      ) : null}
      {maySee && row.mended ? <Body title="As it was taken" text={written(row.mended)} /> : null}
    </Stack>
  );
}

const Body = ({ title, text }: { title: string; text: string }) => (
  <section aria-label={title}>
    <Title order={3} mb={4}>
      {title}
    </Title>
    <Code block className={classes.body} tabIndex={0}>
      {text}
    </Code>
  </section>
);
