/** Models: what each is for, which version is in force, how good it is against the plain method, and the way back. */
import { Stack } from '@mantine/core';

import { useAsk } from '../../api/ask';
import type { Answer } from '../../api/contract';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageHeader } from '../../parts/PageHeader';
import { PageSkeleton } from '../../parts/Skeletons';
import { useUrlState } from '../../parts/useUrlState';
import { ModelCard } from './ModelCard';
import { Train, TrainingLine, useTraining } from './Train';

export type Card = Answer<'get', '/v1/models'>[number];
export type Version = Card['versions'][number];

export function ModelsPage() {
  const asked = useAsk('/v1/models');
  const training = useTraining();
  const [opened, setOpened] = useUrlState('model', '');
  if (asked.error && !asked.data) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!asked.data) return <PageSkeleton />;
  return (
    <>
      <PageHeader
        title="Models"
        purpose="What the shop has learned from its orders. Each version is kept; any of them can be put in force again."
        actions={<Train running={training?.state === 'running'} />}
      />
      <Stack gap="lg">
        {training ? <TrainingLine training={training} /> : null}
        {asked.data.map((card) => (
          <ModelCard
            key={card.name}
            card={card}
            open={opened === card.name}
            onOpen={() => setOpened(opened === card.name ? '' : card.name)}
          />
        ))}
      </Stack>
    </>
  );
}
