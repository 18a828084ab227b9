/** Which customer: searched by any identifier, kept by the id that Shopkeeper gave them. */
import { Select } from '@mantine/core';
import { useState } from 'react';

import { useAsk } from '../../api/ask';
import { useDebounced } from '../../parts/useDebounced';

/** Fewer letters would name half of the shop. */
const LEAST = 2;

interface CustomerPickerProps {
  customer: string;
  onChange: (customer: string | null) => void;
  label?: string;
  placeholder?: string;
}

export function CustomerPicker({ customer, onChange, label = 'Customer', placeholder = 'A stranger' }: CustomerPickerProps) {
  const [typed, setTyped] = useState('');
  const query = useDebounced(typed.trim());
  const named = useAsk('/v1/customers', { query: { q: customer, limit: 1 } }, { enabled: customer !== '', fresh: 60_000 });
  const known = customer ? (named.data?.customers ?? []) : [];
  const found = useAsk('/v1/customers', { query: { q: query, limit: 8 } }, { enabled: query.length >= LEAST, keep: true });
  const hits = query.length >= LEAST ? (found.data?.customers ?? []) : [];
  const options = [...known, ...hits.filter(({ customer: id }) => id !== customer)];
  const data = options.map(({ customer: id, title }) => ({ value: id, label: title }));
  return (
    <Select
      label={label}
      placeholder={placeholder}
      // Whom nobody knows by that id any more is still shown as what was asked.
      data={customer && known.length === 0 ? [{ value: customer, label: customer }, ...data] : data}
      value={customer || null}
      onChange={onChange}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Nobody in particular' }}
      onSearchChange={setTyped}
      filter={({ options: all }) => all}
      nothingFoundMessage={query.length < LEAST ? 'Type an identifier or the beginning of a name' : 'Nobody is called so'}
    />
  );
}
