/** Step 5: a file of one's own, or the sample: its columns are guessed, looked over, and imported. */
import { Anchor, Button, Group, Text } from '@mantine/core';
import { IconDownload, IconFileSpreadsheet } from '@tabler/icons-react';
import { useState } from 'react';

import type { Answer } from '../../api/contract';
import { asApiError } from '../../api/error';
import { refresh } from '../../api/queries';
import { upload } from '../../api/upload';
import { ErrorCard } from '../../parts/ErrorCard';
import { ImportWizard } from '../../parts/ImportWizard';
import { useUrlState } from '../../parts/useUrlState';
import { StepHead, useMayTry } from './StepHead';
import type { Step } from './steps';
import classes from './tour.module.css';

const SAMPLE = '/sample-orders.csv';
const NAME = 'sample-orders.csv';

export function FileStep({ go }: { go: (step: Step) => void }) {
  const may = useMayTry('file');
  const [sent, setSent] = useUrlState('upload', '');
  const [job] = useUrlState('job', '');
  return (
    <>
      <StepHead
        step="file"
        action={
          job === '' ? null : (
            <Button variant="default" onClick={() => go('meet')}>
              Back to the two
            </Button>
          )
        }
      />
      {may ? (
        <>
          <ImportWizard />
          {sent === '' && job === '' ? <Sample onSent={(id) => setSent(id, { push: true })} /> : null}
        </>
      ) : null}
    </>
  );
}

/** For whoever has no file at hand. */
function Sample({ onSent }: { onSent: (id: string) => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const use = async () => {
    setBusy(true);
    setError(null);
    try {
      const file = await (await fetch(SAMPLE)).blob();
      const { id } = await upload<Answer<'post', '/v1/uploads'>>('/v1/uploads', file, { query: { name: NAME } });
      await refresh('/v1/uploads');
      onSent(id);
    } catch (failure) {
      setError(asApiError(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={classes.sample}>
      {error === null ? null : <ErrorCard error={error} title="The sample was not sent" />}
      <Group justify="space-between" gap="md">
        <div>
          <Text fw={600}>No file at hand?</Text>
          <Text size="sm" c="dimmed">
            A week of a German shop’s till, on purpose in its own ways: Latin-1, semicolons, decimal commas.
          </Text>
        </div>
        <Group gap="md">
          <Anchor href={SAMPLE} download={NAME} size="sm">
            <IconDownload size={15} aria-hidden /> Download it
          </Anchor>
          <Button
            variant="light"
            leftSection={<IconFileSpreadsheet size={17} aria-hidden />}
            loading={busy}
            onClick={() => void use()}
          >
            Use the sample
          </Button>
        </Group>
      </Group>
    </div>
  );
}
