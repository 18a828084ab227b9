/** How the file is written, where the guess has to be put right. */
import { Collapse, Group, NumberInput, Select, SimpleGrid, TextInput, UnstyledButton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId } from 'react';

import type { Guess } from './Columns';
import { optionOf, withOption, type MappingDoc } from './mapping';
import type { Draft } from './useDraft';

interface WritingProps {
  guess: Guess;
  mapping: MappingDoc;
  onChange: (mapping: MappingDoc) => void;
  /** Reads the file anew. */
  onWish: (wishes: Draft['wishes']) => void;
}

const DELIMITERS = [
  { value: ',', label: 'Comma' },
  { value: ';', label: 'Semicolon' },
  { value: '\t', label: 'Tab' },
  { value: '|', label: 'Bar' },
];
const DECIMALS = [
  { value: '', label: '12.50' },
  { value: ',', label: '1.234,50' },
  { value: '.', label: '$1,234.50' },
];

export function Writing({ guess, mapping, onChange, onWish }: WritingProps) {
  const [opened, { toggle }] = useDisclosure();
  const id = useId();
  const option = (name: string) => optionOf(mapping, name);
  const set = (name: string) => (value: string | null) => onChange(withOption(mapping, name, value ?? ''));
  const Arrow = opened ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <UnstyledButton onClick={toggle} aria-expanded={opened} aria-controls={id}>
        <Group gap={6}>
          <Arrow size={16} aria-hidden />
          <Text size="sm" fw={600}>
            How the file is written
          </Text>
        </Group>
      </UnstyledButton>
      <Text size="sm" c="dimmed" mt={4}>
        {guess.written.join(' · ')}
      </Text>
      <Collapse expanded={opened} id={id}>
        <SimpleGrid cols={{ base: 1, sm: 3 }} mt="sm" spacing="md">
          {guess.encodings.length > 0 ? (
            <>
              <Select
                label="Encoding"
                data={guess.encodings.map(({ value, label }) => ({ value, label }))}
                value={option('encoding') || 'utf-8'}
                allowDeselect={false}
                onChange={(encoding) => onWish({ encoding: encoding ?? undefined })}
              />
              <Select
                label="Between columns"
                data={DELIMITERS}
                value={option('delimiter') || ','}
                allowDeselect={false}
                onChange={(delimiter) => onWish({ delimiter: delimiter ?? undefined })}
              />
              <NumberInput
                label="Line of the names, 0 for none"
                min={0}
                max={20}
                allowDecimal={false}
                value={Number(option('header') || 1)}
                onChange={(header) => header !== '' && onWish({ header: String(header) })}
              />
            </>
          ) : null}
          <Select
            label="Numbers like"
            data={DECIMALS}
            value={option('decimal')}
            allowDeselect={false}
            onChange={set('decimal')}
          />
          {guess.dates.length > 0 ? (
            <Select
              label="Dates"
              data={guess.dates.map(({ value, label }) => ({ value, label }))}
              value={option('dates')}
              onChange={set('dates')}
            />
          ) : null}
          <TextInput
            label="Time zone of times that name none"
            placeholder="Europe/Vienna"
            value={option('zone')}
            onChange={(event) => set('zone')(event.currentTarget.value)}
          />
          <TextInput
            label="Source"
            description="Under this name it stands among the sources."
            placeholder="import"
            value={option('source')}
            onChange={(event) => set('source')(event.currentTarget.value)}
          />
        </SimpleGrid>
      </Collapse>
    </div>
  );
}
