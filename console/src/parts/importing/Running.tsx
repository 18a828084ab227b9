/** How far an import is; it goes on without this page, which may be left and come back to. */
import { Alert, Button, Card, Group, Progress, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { useEffect } from 'react';

import { useAsk } from '../../api/ask';
import type { Answer } from '../../api/contract';
import { refresh } from '../../api/queries';
import { useRight } from '../../api/session';
import { useTell } from '../../api/tell';
import { ErrorCard } from '../ErrorCard';
import { Figure } from '../Figure';
import { People } from '../People';
import { Skeletons } from '../Skeletons';
import classes from './importing.module.css';

export type ImportLine = Answer<'get', '/v1/imports/{job}'>;

const AGAIN = 800;
const LIVE: ReadonlySet<string> = new Set(['waiting', 'running', 'finishing']);
export const isLive = (line: ImportLine) => LIVE.has(line.state);

export const useImport = (job: string) => {
  const asked = useAsk('/v1/imports/{job}', { path: { job } }, { every: AGAIN, fresh: 0 });
  const done = asked.data?.state === 'done';
  useEffect(() => {
    if (done) void refresh('/v1/customers', '/v1/segments', '/v1/sources', '/v1/imports', '/v1/quarantine', '/v1/uploads');
  }, [done]);
  return asked;
};

interface RunningProps {
  job: string;
  onAnother?: () => void;
}

export function Running({ job, onAnother }: RunningProps) {
  const asked = useImport(job);
  if (asked.error && asked.data === undefined) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (asked.data === undefined) return <Skeletons lines={4} label="Reading how far the import is" />;
  return (
    <Card>
      <ImportState line={asked.data} />
      {onAnother && !isLive(asked.data) ? (
        <Group mt="lg">
          <Button variant="default" onClick={onAnother}>
            Import another file
          </Button>
        </Group>
      ) : null}
    </Card>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  done: 'is in',
  stopped: 'was stopped',
  interrupted: 'was broken off',
};

export function ImportState({ line }: { line: ImportLine }) {
  const mayEdit = useRight('edit');
  const live = isLive(line);
  const stop = useTell('post', '/v1/imports/{job}/stop', { changes: ['/v1/imports'] });
  const resume = useTell('post', '/v1/imports/{job}/resume', { changes: ['/v1/imports'] });
  const failed = stop.error ?? resume.error;
  const path = { path: { job: line.job } };
  return (
    <Stack gap="md">
      <Title order={2} className={classes.name}>
        {line.file} {TITLES[line.state] ?? 'is being imported'}
      </Title>
      {live ? (
        <Progress
          value={(line.share ?? 1) * 100}
          animated={line.share === null}
          size="lg"
          aria-label={`Import of ${line.file}`}
        />
      ) : null}
      <Text aria-live="polite">{line.words}</Text>
      {live ? (
        <Text size="sm" c="dimmed">
          This page may be left: the import goes on, and after a restart of the server too.
        </Text>
      ) : null}
      {failed ? <ErrorCard error={failed} title="This could not be done" /> : null}
      <Group>
        {live && mayEdit ? (
          <Button variant="default" size="xs" loading={stop.isPending} onClick={() => stop.mutate(path)}>
            Stop
          </Button>
        ) : null}
        {line.resumable && mayEdit ? (
          <Button size="xs" loading={resume.isPending} onClick={() => resume.mutate(path)}>
            Go on
          </Button>
        ) : null}
      </Group>
      {line.state === 'done' ? <Outcome line={line} /> : null}
    </Stack>
  );
}

function Outcome({ line }: { line: ImportLine }) {
  const mayMeet = useRight('customers');
  const waits = new URLSearchParams({ tab: 'quarantine', origin: line.file }).toString();
  return (
    <Stack gap="xs">
      {line.customers !== null && line.customers > 0 ? (
        <Figure
          label="Customers the shop knows more of"
          value={
            mayMeet ? (
              <People text={line.customers} to={`/sources/imports/${line.job}`} of={`customers of ${line.file}`} />
            ) : (
              line.customers.toLocaleString('en')
            )
          }
        />
      ) : null}
      {line.quarantined > 0 ? (
        <Alert color="yellow" title={`${line.quarantined.toLocaleString('en')} rows wait in quarantine`}>
          <Button component={Link} to={`/sources?${waits}`} size="xs" variant="default">
            See why, and mend them
          </Button>
        </Alert>
      ) : null}
    </Stack>
  );
}
