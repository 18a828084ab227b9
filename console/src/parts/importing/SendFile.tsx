/** Choosing a file and sending it: by drop or dialog, with progress, cancel, and a way on when the line broke. */
import { Alert, Anchor, Button, FileButton, Group, Progress, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconCloudUpload } from '@tabler/icons-react';
import { useState, type DragEvent } from 'react';

import { useAsk } from '../../api/ask';
import type { Answer } from '../../api/contract';
import { asApiError } from '../../api/error';
import { refresh } from '../../api/queries';
import { useTell } from '../../api/tell';
import { upload } from '../../api/upload';
import { ErrorCard } from '../ErrorCard';
import { Instant } from '../Instant';
import classes from './importing.module.css';

export type Uploaded = Answer<'post', '/v1/uploads'>;

interface SendFileProps {
  onSent: (file: Uploaded) => void;
}

interface Sending {
  file: File;
  share: number;
  stop: AbortController;
}

export function SendFile({ onSent }: SendFileProps) {
  const shelf = useAsk('/v1/uploads', {});
  const [over, setOver] = useState(false);
  const [sending, setSending] = useState<Sending | null>(null);
  const [failed, setFailed] = useState<{ file: File; error: unknown } | null>(null);
  const [refused, setRefused] = useState('');

  const send = async (file: File) => {
    setFailed(null);
    setRefused('');
    if (shelf.data && file.size > shelf.data.limit) {
      setRefused(shelf.data.too_large);
      return;
    }
    const stop = new AbortController();
    setSending({ file, share: 0, stop });
    try {
      const onProgress = (share: number) => setSending({ file, share, stop });
      const sent = await upload<Uploaded>('/v1/uploads', file, {
        query: { name: file.name },
        onProgress,
        signal: stop.signal,
      });
      void refresh('/v1/uploads');
      onSent(sent);
    } catch (error) {
      if (!stop.signal.aborted) setFailed({ file, error });
    } finally {
      setSending(null);
    }
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && sending === null) void send(file);
  };

  if (sending !== null) {
    const percent = Math.round(sending.share * 100);
    return (
      <Stack className={classes.drop} align="stretch" gap="sm">
        <Text fw={600} className={classes.name}>
          Sending {sending.file.name}
        </Text>
        <Progress value={percent} aria-label={`Sending ${sending.file.name}`} />
        <Group justify="space-between">
          <Text size="sm" c="dimmed" aria-live="polite">
            {percent < 100 ? `${percent} %` : 'All of it is there; it is being looked at.'}
          </Text>
          <Button variant="default" size="xs" onClick={() => sending.stop.abort()}>
            Cancel
          </Button>
        </Group>
      </Stack>
    );
  }

  return (
    <Stack>
      {refused ? (
        <Alert color="yellow" title="This file is too large for the browser" role="alert">
          {refused}
        </Alert>
      ) : null}
      {failed ? <Failed error={failed.error} again={() => send(failed.file)} /> : null}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- dropping is a way beside the button */}
      <div
        className={classes.drop}
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Stack align="center" gap="sm">
          <ThemeIcon size={56} radius="xl" variant="light" aria-hidden>
            <IconCloudUpload size={28} stroke={1.5} />
          </ThemeIcon>
          <Text fw={600}>Drop a file here</Text>
          <FileButton onChange={(file) => file && void send(file)}>
            {(props) => (
              <Button {...props} variant="filled">
                Choose a file
              </Button>
            )}
          </FileButton>
          <Text size="sm" c="dimmed" maw={460}>
            Orders, customers, products, offers or events, as CSV, JSON lines or Parquet
            {shelf.data ? `, up to ${shelf.data.limit_words}` : ''}. Any encoding, delimiter and way to write dates.
          </Text>
        </Stack>
      </div>
      <Earlier files={shelf.data?.uploads ?? []} onChoose={onSent} />
    </Stack>
  );
}

function Failed({ error, again }: { error: unknown; again: () => unknown }) {
  const { unreachable, status } = asApiError(error);
  if (unreachable) {
    return (
      <Alert color="red" role="alert" title="The connection broke while the file was being sent">
        <Group justify="space-between">
          <Text size="sm">Nothing of it was kept or imported. The file is still chosen.</Text>
          <Button size="xs" variant="default" onClick={() => void again()}>
            Send it again
          </Button>
        </Group>
      </Alert>
    );
  }
  return <ErrorCard error={error} title={status === 400 ? 'This file cannot be imported' : 'The file was not taken'} />;
}

function Earlier({ files, onChoose }: { files: readonly Uploaded[]; onChoose: (file: Uploaded) => void }) {
  const remove = useTell('delete', '/v1/uploads/{upload}', { changes: ['/v1/uploads'] });
  const open = files.filter((file) => file.job === null);
  if (open.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="Sent, not imported">
      <Text size="sm" fw={600}>
        Sent, and not imported yet
      </Text>
      {open.map((file) => (
        <Group key={file.id} gap="sm" justify="space-between">
          <Text size="sm" className={classes.name}>
            <Anchor component="button" type="button" size="sm" onClick={() => onChoose(file)}>
              {file.name}
            </Anchor>{' '}
            · {file.size_words} · <Instant at={file.at} />
          </Text>
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={`Remove ${file.name}`}
            loading={remove.isPending}
            onClick={() => remove.mutate({ path: { upload: file.id } })}
          >
            Remove
          </Button>
        </Group>
      ))}
    </Stack>
  );
}
