/** One slot: what it is for, and what it would show this customer now. */
import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';

import { useSimulation } from '../../../api/simulation';
import { ErrorCard } from '../../../parts/ErrorCard';
import { Picks } from '../../../parts/Picks';
import { Skeletons } from '../../../parts/Skeletons';
import { inWords } from '../inWords';
import { Section } from '../Section';
import type { Slot } from './chosenSlots';

const REFUSED = 5;

export function SlotPicks({ slot, customer }: { slot: Slot; customer: string }) {
  const { data, error, refetch } = useSimulation({ slot: slot.name, customer: { customer } });
  const title = inWords(slot.name);
  const simulator = `/decisions?${new URLSearchParams({ slot: slot.name, customer }).toString()}`;
  return (
    <Section
      title={title}
      note={slot.description || slot.sentence}
      side={
        <Anchor component={Link} to={simulator} size="sm">
          Take it apart
        </Anchor>
      }
    >
      {error && !data ? <ErrorCard error={error} again={refetch} /> : null}
      {!data && !error ? <Skeletons lines={6} height={22} /> : null}
      {data ? <Picks simulation={data} refused={REFUSED} label={`Would be shown: ${title}`} /> : null}
      {data && data.notes.length > 0 ? (
        <Text size="xs" c="dimmed">
          {data.notes.join(' ')}
        </Text>
      ) : null}
    </Section>
  );
}
