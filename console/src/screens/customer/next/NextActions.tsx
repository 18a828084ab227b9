/** What this customer would be shown now, slot beside slot, with reasons and what a rule kept out. */
import { Chip, Group, SimpleGrid, Stack } from '@mantine/core';
import { IconSparkles } from '@tabler/icons-react';

import { useAsk } from '../../../api/ask';
import { EmptyState } from '../../../parts/EmptyState';
import { ErrorCard } from '../../../parts/ErrorCard';
import { Skeletons } from '../../../parts/Skeletons';
import { useUrlState } from '../../../parts/useUrlState';
import { inWords } from '../inWords';
import { chosenSlots } from './chosenSlots';
import { SlotPicks } from './SlotPicks';

export function NextActions({ customer }: { customer: string }) {
  const { data, error, refetch } = useAsk('/v1/slots', undefined, { fresh: 60_000 });
  const [wanted, setWanted] = useUrlState('slots', '');
  if (error && !data) return <ErrorCard error={error} again={refetch} />;
  if (!data) return <Skeletons lines={6} height={22} />;
  if (data.length === 0) return <EmptyState icon={IconSparkles}>No slot is defined yet: see slots.yaml.</EmptyState>;
  const chosen = chosenSlots(data, wanted);
  const names = chosen.map(({ name }) => name);
  return (
    <Stack gap="xl">
      <Chip.Group multiple value={names} onChange={(next) => setWanted(next.join(','))}>
        <Group gap="xs" role="group" aria-label="Slots to look at">
          {data.map(({ name }) => (
            <Chip key={name} value={name} size="sm" disabled={names.length === 1 && names[0] === name}>
              {inWords(name)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <SimpleGrid cols={{ base: 1, md: Math.min(chosen.length, 2) }} spacing={56} verticalSpacing="xl">
        {chosen.map((slot) => (
          <SlotPicks key={slot.name} slot={slot} customer={customer} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
