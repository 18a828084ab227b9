/** One fact of the moment, in a field of the type that the slot declares. */
import { NumberInput, Select, TextInput } from '@mantine/core';

import type { Fact } from './question';

interface ContextFieldProps {
  fact: Fact;
  value: string | number | boolean | null;
  onChange: (value: string | null) => void;
}

const MOST_TEXT = 500;

export function ContextField({ fact: { name, type }, value, onChange }: ContextFieldProps) {
  const label = name.replaceAll('_', ' ');
  const description = 'Of the moment';
  if (type === 'boolean') {
    return (
      <Select
        label={label}
        description={description}
        placeholder="Not said"
        data={[
          { value: 'true', label: 'yes' },
          { value: 'false', label: 'no' },
        ]}
        value={value === null ? null : String(value)}
        onChange={onChange}
        clearable
        clearButtonProps={{ 'aria-label': `Do not say ${label}` }}
      />
    );
  }
  if (type === 'number') {
    return (
      <NumberInput
        label={label}
        description={description}
        placeholder="Not said"
        value={typeof value === 'number' ? value : ''}
        onChange={(number) => onChange(String(number))}
      />
    );
  }
  return (
    <TextInput
      label={label}
      description={description}
      placeholder="Not said"
      maxLength={MOST_TEXT}
      value={typeof value === 'string' ? value : ''}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
