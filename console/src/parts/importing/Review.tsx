/** Looking over what a file was taken for: its columns, how it is written, and what its first rows would become. */
import { Alert, Anchor, Button, Card, Code, Grid, Group, List, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { useAsk } from '../../api/ask';
import { request } from '../../api/client';
import type { ApiError } from '../../api/error';
import { queries } from '../../api/queries';
import { useTell } from '../../api/tell';
import { CopyButton } from '../CopyButton';
import { ErrorCard } from '../ErrorCard';
import { Skeletons } from '../Skeletons';
import { useDebounced } from '../useDebounced';
import { Columns, type Guess } from './Columns';
import classes from './importing.module.css';
import { asBody, optionOf, withOption, type MappingDoc } from './mapping';
import { Reach } from './Reach';
import { SaidByAll } from './SaidByAll';
import type { Uploaded } from './SendFile';
import { TrialView, type Trial } from './TrialView';
import { forgetDraft, useDraft, type Draft } from './useDraft';
import { Writing } from './Writing';

interface ReviewProps {
  upload: string;
  /** What is known of the file; null where the page was opened by its address. */
  file: Uploaded | null;
  onStarted: (job: string) => void;
  onDiscarded: () => void;
}

// The list alone: the guess at a file that is gone must not be asked for again.
const refreshShelf = () => void queries.invalidateQueries({ queryKey: ['/v1/uploads'] });

function useGuess(upload: string, wishes: Draft['wishes']) {
  const { header, ...rest } = wishes;
  const query = { ...rest, ...(header === undefined ? {} : { header: Number(header) }) };
  return useAsk('/v1/uploads/{upload}', { path: { upload }, query }, { keep: true, fresh: Infinity });
}

function useTrial(upload: string, tried: MappingDoc | null) {
  return useQuery<Trial, ApiError>({
    queryKey: ['try', upload, tried],
    queryFn: ({ signal }) =>
      request('post', '/v1/uploads/{upload}/try', { path: { upload }, body: asBody(tried ?? {}) }, signal),
    enabled: tried !== null,
    placeholderData: (previous) => previous,
  });
}

export function Review({ upload, file, onStarted, onDiscarded }: ReviewProps) {
  const [draft, keep] = useDraft(upload);
  const asked = useGuess(upload, draft.wishes);
  const guess = asked.data;
  const mapping = draft.mapping ?? guess?.mapping ?? null;
  const tried = useDebounced(mapping, 250);
  const trial = useTrial(upload, tried);
  const start = useTell('post', '/v1/uploads/{upload}/import', {
    changes: ['/v1/imports'],
    onDone: ({ job }) => {
      forgetDraft(upload);
      refreshShelf();
      onStarted(job);
    },
  });
  const discard = useTell('delete', '/v1/uploads/{upload}', {
    onDone: () => {
      forgetDraft(upload);
      refreshShelf();
      onDiscarded();
    },
  });

  if (asked.error) {
    const wished = asked.error.status !== 404 && Object.keys(draft.wishes).length > 0;
    return (
      <Stack>
        <ErrorCard error={asked.error} again={asked.error.status === 404 ? undefined : asked.refetch} />
        <Group>
          <Button
            variant="default"
            onClick={() => (wished ? keep({ wishes: {}, mapping: null }) : onDiscarded())}
          >
            {wished ? 'Back to the guess' : 'Choose another file'}
          </Button>
        </Group>
      </Stack>
    );
  }
  if (guess === undefined || mapping === null) return <Skeletons lines={8} label="Looking at the file" />;

  const change = (next: MappingDoc) => keep({ ...draft, mapping: next });
  const wish = (wishes: Draft['wishes']) => keep({ wishes: { ...draft.wishes, ...wishes }, mapping: null });
  const kind = guess.kinds.find((one) => one.kind === guess.kind);
  const ready = trial.data?.mistakes.length === 0 && trial.data.taken + trial.data.known > 0;
  const consents = tried?.kind === 'consents' && ready && !trial.isPlaceholderData ? tried : null;
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end">
        <div>
          <Title order={2} className={classes.name}>
            {file?.name ?? 'Your file'}
          </Title>
          <Text c="dimmed" size="sm">
            {[file?.size_words, file?.rows_words].filter(Boolean).join(', ')}
          </Text>
        </div>
        <Group>
          <Button variant="default" loading={discard.isPending} onClick={() => discard.mutate({ path: { upload } })}>
            Discard the file
          </Button>
          <Button
            disabled={!ready}
            loading={start.isPending}
            onClick={() => start.mutate({ path: { upload }, body: asBody(mapping) })}
          >
            Import {file?.rows_words ?? ''}
          </Button>
        </Group>
      </Group>
      {start.error ? <ErrorCard error={start.error} title="It cannot be imported so" /> : null}
      {guess.warnings.length > 0 ? (
        <Alert color="yellow" title="Look at this">
          <List size="sm">
            {guess.warnings.map((warning) => (
              <List.Item key={warning} className={classes.name}>
                {warning}
              </List.Item>
            ))}
          </List>
        </Alert>
      ) : null}
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="lg">
            <Select
              label="What a row is"
              description={kind?.evidence ? `Taken for this because the table ${kind.evidence}.` : undefined}
              data={guess.kinds.map((one) => ({ value: one.kind, label: one.label }))}
              value={guess.kind}
              allowDeselect={false}
              onChange={(chosen) => chosen !== null && wish({ kind: chosen })}
            />
            {kind ? <Columns guess={guess} kind={kind} mapping={mapping} onChange={change} /> : null}
            {guess.kind === 'consents' ? (
              <SaidByAll purposes={guess.purposes} mapping={mapping} onChange={change} />
            ) : null}
            <Unsaid guess={guess} mapping={mapping} onChange={change} />
            <Writing guess={guess} mapping={mapping} onChange={change} onWish={wish} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <Card>{trial.error ? <ErrorCard error={trial.error} again={trial.refetch} /> : <TrialView trial={trial.data} />}</Card>
            {consents ? (
              <Card>
                <Reach upload={upload} mapping={consents} size={file?.size ?? null} />
              </Card>
            ) : null}
            {trial.data?.yaml ? <Yaml text={trial.data.yaml} /> : null}
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

/** What the table leaves unsaid: what its events are called, or when it was so. */
function Unsaid({ guess, mapping, onChange }: { guess: Guess; mapping: MappingDoc; onChange: (next: MappingDoc) => void }) {
  const named = guess.kind === 'events' && mapping.event_column === undefined;
  const dated = (guess.kind === 'customers' || guess.kind === 'consents') && mapping.timestamp === undefined;
  if (!named && !dated) return null;
  const option = named ? 'event' : 'as_of';
  return (
    <TextInput
      label={named ? 'What happened, the same for every row' : 'When it was so'}
      description={named ? 'Such as Product Viewed or Order Completed.' : 'An instant with its zone, the same for every row.'}
      value={optionOf(mapping, option)}
      onChange={(event) => onChange(withOption(mapping, option, event.currentTarget.value))}
    />
  );
}

function Yaml({ text }: { text: string }) {
  const [shown, setShown] = useState(false);
  const href = useMemo(() => `data:application/yaml;charset=utf-8,${encodeURIComponent(text)}`, [text]);
  return (
    <div>
      <Group justify="space-between">
        <Button size="compact-sm" variant="subtle" onClick={() => setShown(!shown)} aria-expanded={shown}>
          {shown ? 'Hide the mapping' : 'Show the mapping'}
        </Button>
        {shown ? (
          <Group gap="xs">
            <CopyButton text={text} label="Copy" />
            <Anchor size="sm" href={href} download="mapping.yaml">
              <Group gap={4}>
                <IconDownload size={14} aria-hidden /> Save as a file
              </Group>
            </Anchor>
          </Group>
        ) : null}
      </Group>
      {shown ? (
        <>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways, without a mouse too */}
          <div className={classes.yaml} tabIndex={0} role="region" aria-label="Mapping">
            <Code block>{text}</Code>
          </div>
          <Text size="xs" c="dimmed" mt={4}>
            Kept in the shop&apos;s folder mappings/, it imports the next such file from the command line.
          </Text>
        </>
      ) : null}
    </div>
  );
}
