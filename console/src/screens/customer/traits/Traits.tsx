/** What is believed of a customer, by where it comes from; each with meaning, source, purpose and date. */
import { Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

import { useUrlState } from '../../../parts/useUrlState';
import { Section } from '../Section';
import classes from '../customer.module.css';
import { grouped, isKnown, matching, type Trait } from './grouped';
import { commonOrigin, Origin } from './Origin';
import { TraitRow } from './TraitRow';

export function Traits({ traits }: { traits: readonly Trait[] }) {
  const [all, setAll] = useUrlState<'' | 'yes'>('unknown', '');
  const [wanted, setWanted] = useState('');
  const unknown = traits.filter((trait) => !isKnown(trait)).length;
  const shown = matching(all ? traits : traits.filter(isKnown), wanted);
  return (
    <Section
      title="Traits"
      side={
        <TextInput
          size="xs"
          aria-label="Find a trait"
          placeholder="Find a trait"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
      }
    >
      <Stack gap="xl">
        {shown.length === 0 ? <Text c="dimmed">{wanted ? 'No trait fits.' : 'Nothing is known yet.'}</Text> : null}
        {grouped(shown).map(([title, lines]) => (
          <TraitGroup key={title} title={title} traits={lines} />
        ))}
        {unknown > 0 ? (
          <Switch
            size="sm"
            label={`Show what is not known (${unknown})`}
            checked={all === 'yes'}
            onChange={(event) => setAll(event.currentTarget.checked ? 'yes' : '')}
          />
        ) : null}
      </Stack>
    </Section>
  );
}

/** What is the same for most traits of a group is said once, at its head. */
function TraitGroup({ title, traits }: { title: string; traits: readonly Trait[] }) {
  const said = commonOrigin(traits);
  return (
    <div>
      <Title order={3}>{title}</Title>
      {said === null ? null : (
        <Text size="xs" c="dimmed" mb={6}>
          <Origin from={said} />
        </Text>
      )}
      <ul className={classes.traits}>
        {traits.map((trait) => (
          <TraitRow key={trait.name} trait={trait} said={said} />
        ))}
      </ul>
    </div>
  );
}
