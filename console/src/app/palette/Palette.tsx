/** ⌘K: go to a page, run a command, find a customer. */
import { Spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

import { FoundCustomers, useFoundCustomers } from './FoundCustomers';
import classes from './Palette.module.css';
import { paletteStore } from './palette';
import { matching, useCommandEntries, useScreenEntries, type Entry } from './usePlaces';

/** Run what is first where nothing is selected: results that arrive later are not selected by the list itself. */
function enterFirst(event: React.KeyboardEvent<HTMLInputElement>) {
  if (event.key !== 'Enter') return;
  const list = document.getElementById(paletteStore.getState().listId);
  if (list?.querySelector('[data-selected]') === null) list.querySelector<HTMLElement>('[data-action]')?.click();
}

const Entries = ({ label, entries }: { label: string; entries: readonly Entry[] }) =>
  entries.length === 0 ? null : (
    <Spotlight.ActionsGroup label={label}>
      {entries.map((entry) => (
        <Spotlight.Action
          key={entry.id}
          label={entry.label}
          description={entry.description}
          leftSection={<entry.icon size={19} aria-hidden />}
          onClick={entry.run}
        />
      ))}
    </Spotlight.ActionsGroup>
  );

export function Palette() {
  const [query, setQuery] = useState('');
  const screens = matching(useScreenEntries(), query);
  const commands = matching(useCommandEntries(), query);
  const { hits, waits, error } = useFoundCustomers(query);
  const nothing = screens.length + commands.length + hits.length === 0;
  return (
    <Spotlight.Root
      store={paletteStore}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      scrollable
      maxHeight="min(520px, 80dvh)"
      radius="lg"
      classNames={{ actionsGroup: classes.group }}
      attributes={{ content: { 'aria-label': 'Find and go' } }}
    >
      <Spotlight.Search
        placeholder="Find a customer, a page, a command"
        aria-label="Find a customer, a page, a command"
        leftSection={<IconSearch size={20} aria-hidden />}
        onKeyDown={enterFirst}
      />
      <Spotlight.ActionsList>
        <Entries label="Pages" entries={screens} />
        <Entries label="Commands" entries={commands} />
        <FoundCustomers label="Customers" hits={hits} />
        {nothing ? <Spotlight.Empty>{waits ? 'Looking for customers …' : 'Nothing fits.'}</Spotlight.Empty> : null}
        {error ? <Spotlight.Empty>Customers cannot be searched now: {error.message}</Spotlight.Empty> : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
