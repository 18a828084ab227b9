/** The search, and who was found. */
import { Button, CloseButton, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch, IconUserSearch } from '@tabler/icons-react';
import { useState } from 'react';

import { useAsk } from '../../api/ask';
import { useRight } from '../../api/session';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { TableSkeleton } from '../../parts/Skeletons';
import { useDebounced } from '../../parts/useDebounced';
import { useUrlState } from '../../parts/useUrlState';
import { HitList } from './HitList';
import { useHits } from './useHits';

export function FindCustomers() {
  const [query, setQuery] = useUrlState('q', '');
  const [segment, setSegment] = useUrlState('segment', '');
  const [typed, setTyped] = useState(query);
  const [last, setLast] = useState(query);
  if (query !== last) {
    // The address changed by itself: a link, or the browser's way back.
    setLast(query);
    if (query !== typed.trim()) setTyped(query);
  }
  const type = (text: string) => {
    setTyped(text);
    setQuery(text.trim());
    if (text.trim()) setSegment('');
  };
  const choose = (name: string | null) => {
    setSegment(name ?? '');
    if (name) {
      setTyped('');
      setQuery('');
    }
  };
  return (
    <Stack gap="lg">
      <Group align="flex-end" gap="md">
        <SearchField typed={typed} onType={type} />
        <SegmentChoice segment={segment} onChoose={choose} />
      </Group>
      <Found query={useDebounced(query)} segment={segment} onClear={() => type('')} />
    </Stack>
  );
}

function SearchField({ typed, onType }: { typed: string; onType: (text: string) => void }) {
  const personal = useRight('personal');
  return (
    <TextInput
      label="Find a customer"
      description={
        personal
          ? 'An identifier of any kind, the beginning of one, or of a name or an e-mail address'
          : 'An exact identifier; names are for those who may see them'
      }
      placeholder={personal ? 'Identifier, name or e-mail' : 'Identifier'}
      leftSection={<IconSearch size={17} aria-hidden />}
      rightSection={typed ? <CloseButton aria-label="Clear the search" onClick={() => onType('')} /> : null}
      value={typed}
      maxLength={320}
      onChange={(event) => onType(event.currentTarget.value)}
      type="search"
      autoComplete="off"
      flex="1 1 20rem"
      maw={560}
    />
  );
}

function SegmentChoice({ segment, onChoose }: { segment: string; onChoose: (name: string | null) => void }) {
  const { data } = useAsk('/v1/segments', undefined, { enabled: useRight('see'), fresh: 60_000 });
  const names = (data ?? []).map(({ name }) => ({ value: name, label: name.replaceAll('_', ' ') }));
  if (names.length === 0 && !segment) return null;
  return (
    <Select
      label="Or list a segment"
      placeholder="Everybody"
      data={names}
      value={segment || null}
      onChange={onChoose}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Everybody' }}
      nothingFoundMessage="No such segment"
      flex="0 1 15rem"
    />
  );
}

interface FoundProps {
  query: string;
  segment: string;
  onClear: () => void;
}

function Found({ query, segment, onClear }: FoundProps) {
  const { hits, masked, error, waits, more, again } = useHits(query, segment);
  if (error) return <ErrorCard error={error} again={again} />;
  if (waits) return <TableSkeleton rows={7} />;
  if (hits.length === 0) {
    const nobody = query ? `Nobody was found for “${query}”.` : segment ? 'Nobody is in this segment.' : 'No customers yet.';
    return (
      <EmptyState
        icon={IconUserSearch}
        action={
          query ? (
            <Button variant="default" onClick={onClear}>
              Clear the search
            </Button>
          ) : undefined
        }
      >
        {nobody} {query && masked ? 'Your role finds customers by their exact identifier alone.' : ''}
      </EmptyState>
    );
  }
  return (
    <Stack gap="md">
      <HitList hits={hits} label={query ? 'Who was found' : segment ? `In ${segment.replaceAll('_', ' ')}` : 'Customers'} />
      {more ? (
        <Group justify="center">
          <Button variant="default" onClick={more.load} loading={more.waits}>
            Show more
          </Button>
        </Group>
      ) : (
        <Text size="sm" c="dimmed" ta="center">
          That is everybody who was found.
        </Text>
      )}
    </Stack>
  );
}
