/** Which events: by name, source and customer; they stand in the address. */
import { Autocomplete, Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { Row } from './rows';
import type { Wanted } from './useStream';

interface FiltersProps {
  wanted: Wanted;
  rows: readonly Row[];
  onChange: (key: keyof Wanted, value: string) => void;
}

const NAMES = [
  'Order Completed',
  'Order Refunded',
  'Offer Shown',
  'Offer Redeemed',
  'Decision Made',
  'Segment Entered',
  'Segment Exited',
  'Consent Given',
  'Consent Withdrawn',
  'Identify',
];

const seen = (rows: readonly Row[], of: 'name' | 'source') =>
  rows.flatMap((row) => (row.kind === 'event' ? [row.event[of]] : []));
const once = (texts: readonly string[]) => [...new Set(texts)].sort();

export function Filters({ wanted, rows, onChange }: FiltersProps) {
  const filtered = wanted.name !== '' || wanted.source !== '' || wanted.customer !== '';
  return (
    <Group gap="sm" align="flex-end" role="search" aria-label="Which events">
      <Typed
        key={`name ${wanted.name}`}
        label="Event"
        placeholder="Any"
        value={wanted.name}
        data={once([...NAMES, ...seen(rows, 'name')])}
        onPick={(value) => onChange('name', value)}
      />
      <Typed
        key={`source ${wanted.source}`}
        label="Source"
        placeholder="Any"
        value={wanted.source}
        data={once(seen(rows, 'source'))}
        onPick={(value) => onChange('source', value)}
      />
      <CustomerFilter
        key={`customer ${wanted.customer}`}
        value={wanted.customer}
        onPick={(value) => onChange('customer', value)}
      />
      {filtered ? (
        <Button
          variant="subtle"
          onClick={() => {
            onChange('name', '');
            onChange('source', '');
            onChange('customer', '');
          }}
        >
          Show all
        </Button>
      ) : null}
    </Group>
  );
}

interface TypedProps {
  label: string;
  placeholder: string;
  value: string;
  data: string[];
  onPick: (value: string) => void;
}

/** Takes a suggestion at once, and what was typed when one leaves the field or presses Enter. */
function Typed({ label, placeholder, value, data, onPick }: TypedProps) {
  const [text, setText] = useState(value);
  const take = () => (text.trim() === value ? undefined : onPick(text.trim()));
  return (
    <Autocomplete
      label={label}
      placeholder={placeholder}
      size="sm"
      w={190}
      data={data}
      value={text}
      onChange={setText}
      onOptionSubmit={onPick}
      onBlur={take}
      onKeyDown={(event) => (event.key === 'Enter' ? take() : undefined)}
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label}` }}
      onClear={() => onPick('')}
    />
  );
}

function CustomerFilter({ value, onPick }: { value: string; onPick: (value: string) => void }) {
  const [text, setText] = useState(value);
  const take = () => (text.trim() === value ? undefined : onPick(text.trim()));
  return (
    <TextInput
      label="Customer"
      placeholder="cus_…"
      size="sm"
      w={190}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => (event.key === 'Enter' ? take() : undefined)}
    />
  );
}
