/** What all rows of a table of consents say where no column does: to which purposes, and whether yes or no. */
import { Checkbox, Group, Select } from '@mantine/core';

import { optionOf, optionsOf, withOption, type MappingDoc } from './mapping';

interface SaidByAllProps {
  /** Those that a customer can say yes or no to. */
  purposes: readonly string[];
  mapping: MappingDoc;
  onChange: (mapping: MappingDoc) => void;
}

const WORDS = [
  { value: 'withdrawn', label: 'No: their data must not be used for it' },
  { value: 'given', label: 'Yes, it may be used for it' },
];

export function SaidByAll({ purposes, mapping, onChange }: SaidByAllProps) {
  const wide = mapping.states !== undefined;
  return (
    <>
      {wide || mapping.purpose !== undefined ? null : (
        <Checkbox.Group
          label="What every row is about"
          value={optionsOf(mapping, 'purposes')}
          onChange={(chosen) => onChange(withOption(mapping, 'purposes', chosen))}
        >
          <Group gap="lg" mt={6}>
            {purposes.map((purpose) => (
              <Checkbox key={purpose} value={purpose} label={purpose.replaceAll('_', ' ')} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      {wide || mapping.state !== undefined ? null : (
        <Select
          label="What every row says"
          description="A list of addresses that must not be contacted says no."
          placeholder="Choose, or give it a column"
          data={WORDS}
          value={optionOf(mapping, 'said') || null}
          onChange={(chosen) => onChange(withOption(mapping, 'said', chosen ?? ''))}
        />
      )}
    </>
  );
}
