/** Who this customer is: the parts, what joins them and why; staff may join and take apart. */
import { Button, Grid, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';

import { useAsk } from '../../../api/ask';
import { useRight } from '../../../api/session';
import { ErrorCard } from '../../../parts/ErrorCard';
import { Skeletons } from '../../../parts/Skeletons';
import { IdentityGraph } from './IdentityGraph';
import { Links } from './Links';
import { Merge } from './Merge';
import { Parts } from './Parts';
import type { WhoIsWho } from './shape';
import { Unmerge } from './Unmerge';

export function Identity({ customer }: { customer: string }) {
  const { data, error, refetch } = useAsk('/v1/customers/{customer}/identity', { path: { customer } });
  if (error && !data) return <ErrorCard error={error} again={refetch} />;
  if (!data) return <Skeletons lines={8} height={22} />;
  // Other parts, another choice.
  return <Known key={data.parts.map((part) => part.part).join()} who={data} />;
}

function Known({ who }: { who: WhoIsWho }) {
  const mayChange = useRight('notes');
  const [chosen, setChosen] = useState<number | null>(null);
  const [leaving, setLeaving] = useState<ReadonlySet<string>>(new Set());
  const [asks, setAsks] = useState<'merge' | 'unmerge' | null>(null);
  const several = who.parts.length > 1;
  const toggle = (part: string) =>
    setLeaving((before) => new Set(before.has(part) ? [...before].filter((one) => one !== part) : [...before, part]));
  const close = () => setAsks(null);
  return (
    <>
      <Group justify="space-between" mb="lg" gap="md">
        <div>
          <Text>{who.words}</Text>
          {mayChange && several ? (
            <Text size="sm" c="dimmed">
              {leaving.size === who.parts.length
                ? 'To take them apart, leave one part unticked.'
                : 'To take them apart, tick what is somebody else’s among the parts.'}
            </Text>
          ) : null}
        </div>
        {mayChange ? (
          <Group gap="sm">
            <Button variant="default" onClick={() => setAsks('merge')}>
              Join with another…
            </Button>
            {several ? (
              <Button
                color="red"
                variant="light"
                disabled={leaving.size === 0 || leaving.size === who.parts.length}
                onClick={() => setAsks('unmerge')}
              >
                Take apart…
              </Button>
            ) : null}
          </Group>
        ) : null}
      </Group>
      <Grid gap={{ base: 'xl', md: 64 }}>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <IdentityGraph who={who} chosen={chosen} onChoose={setChosen} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap={40}>
            <Parts parts={who.parts} leaving={leaving} onToggle={mayChange && several ? toggle : null} />
            <Links who={who} chosen={chosen} onChoose={setChosen} />
          </Stack>
        </Grid.Col>
      </Grid>
      {asks === 'merge' ? <Merge who={who} onClose={close} /> : null}
      {asks === 'unmerge' ? <Unmerge who={who} leaving={leaving} onClose={close} onDone={close} /> : null}
    </>
  );
}
