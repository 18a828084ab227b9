/** What an import would do to the first rows: what they would become, and which would wait, and why. */
import { Alert, List, Progress, Stack, Text, Title } from '@mantine/core';

import type { Answer } from '../../api/contract';
import { Skeletons } from '../Skeletons';
import classes from './importing.module.css';

export type Trial = Answer<'post', '/v1/uploads/{upload}/try'>;

export function TrialView({ trial }: { trial: Trial | undefined }) {
  if (trial === undefined) return <Skeletons lines={5} label="Trying the first rows" />;
  if (trial.mistakes.length > 0) {
    return (
      <Alert color="yellow" title="This is missing before it can be imported">
        <List size="sm">
          {trial.mistakes.map(({ path, message }) => (
            <List.Item key={`${path}: ${message}`} className={classes.name}>
              {path ? `${path}: ` : ''}
              {message}
            </List.Item>
          ))}
        </List>
      </Alert>
    );
  }
  const part = (n: number) => (trial.rows > 0 ? (100 * n) / trial.rows : 0);
  return (
    <Stack gap="md">
      <Text fw={600} aria-live="polite">
        {trial.summary}
      </Text>
      <Progress.Root size="lg">
        <Progress.Section value={part(trial.taken + trial.known)} color="shop" aria-label="Rows that would be taken" />
        <Progress.Section value={part(trial.refused)} color="yellow" aria-label="Rows that would wait" />
      </Progress.Root>
      {trial.first.length > 0 ? (
        <section aria-label="What the first rows become">
          <Title order={3} mb="xs">
            The first rows become
          </Title>
          <ul className={classes.rows}>
            {trial.first.map((row) => (
              <li key={row.row}>
                <Text size="sm" c="dimmed" data-numbers>
                  row {row.row}
                </Text>
                <Text size="sm">
                  {row.who ? <strong>{row.who}: </strong> : null}
                  {row.text}
                </Text>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <Refused trial={trial} />
    </Stack>
  );
}

function Refused({ trial }: { trial: Trial }) {
  if (trial.reasons.length === 0) return null;
  return (
    <section aria-label="What would wait">
      <Title order={3} mb="xs">
        These would wait
      </Title>
      <ul className={classes.rows}>
        {trial.reasons.map((one) => (
          <li key={`${one.code} ${one.reason}`}>
            <Text size="sm" c="dimmed" data-numbers>
              {one.rows.toLocaleString('en')} {one.rows === 1 ? 'row' : 'rows'}
            </Text>
            <Text size="sm">
              {one.reason}{' '}
              <Text span size="sm" c="dimmed">
                (
                {trial.refusals
                  .filter(({ reason }) => reason === one.reason)
                  .slice(0, 5)
                  .map(({ row }) => `row ${row}`)
                  .join(', ')}
                )
              </Text>
            </Text>
          </li>
        ))}
      </ul>
      <Text size="sm" c="dimmed" mt="xs">
        Rows that cannot be read wait in the quarantine, whole, where they can be mended. The rest goes in.
      </Text>
    </section>
  );
}
