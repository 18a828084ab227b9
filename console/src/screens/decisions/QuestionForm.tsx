/** Who asks for what, where and when: the slot declares which facts of the moment it takes. */
import { NumberInput, Select, Text } from '@mantine/core';

import { useAsk } from '../../api/ask';
import { useRight } from '../../api/session';
import { ContextField } from './ContextField';
import { CustomerPicker } from './CustomerPicker';
import classes from './decisions.module.css';
import { factOf, FACT, type Slot } from './question';
import { TimeField } from './TimeField';
import { withoutFacts, type Changes } from './useQuestion';

interface QuestionFormProps {
  slots: readonly Slot[];
  slot: Slot;
  query: URLSearchParams;
  onChange: (changes: Changes) => void;
}

export function QuestionForm({ slots, slot, query, onChange }: QuestionFormProps) {
  const named = useRight('customers');
  return (
    <form aria-label="Question" onSubmit={(event) => event.preventDefault()} className={classes.form}>
      <Select
        label="Slot"
        data={slots.map(({ name }) => ({ value: name, label: name.replaceAll('_', ' ') }))}
        value={slot.name}
        allowDeselect={false}
        searchable
        onChange={(name) => onChange({ ...withoutFacts(query), slot: name, n: null })}
      />
      {named ? (
        <CustomerPicker customer={query.get('customer') ?? ''} onChange={(customer) => onChange({ customer })} />
      ) : null}
      <PlaceField place={query.get('place')} onChange={(place) => onChange({ place })} />
      <TimeField at={query.get('at')} onChange={(at) => onChange({ at })} />
      <NumberInput
        label="How many"
        placeholder={String(slot.n)}
        min={1}
        max={200}
        allowDecimal={false}
        value={query.get('n') ?? ''}
        onChange={(n) => onChange({ n: String(n) })}
      />
      {slot.context.map((fact) => (
        <ContextField
          key={`${slot.name} ${fact.name}`}
          fact={fact}
          value={factOf(fact, query)}
          onChange={(value) => onChange({ [FACT + fact.name]: value })}
        />
      ))}
      <SlotWords slot={slot} />
    </form>
  );
}

function PlaceField({ place, onChange }: { place: string | null; onChange: (place: string | null) => void }) {
  const { data } = useAsk('/v1/places', undefined, { fresh: 60_000 });
  const places = (data ?? []).map(({ id, title }) => ({ value: id, label: title === id ? id : `${title} (${id})` }));
  if (places.length === 0 && place === null) return null;
  const unknown = place !== null && !places.some(({ value }) => value === place);
  return (
    <Select
      label="Place"
      placeholder="Anywhere"
      data={unknown ? [...places, { value: place, label: place }] : places}
      value={place}
      onChange={onChange}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Anywhere' }}
      limit={100}
    />
  );
}

const SlotWords = ({ slot }: { slot: Slot }) => (
  <Text size="sm" c="dimmed" className={classes.words} component="div">
    {[slot.description && `${slot.description}.`, slot.sentence && `Filled where ${slot.sentence}.`, ...slot.rules]
      .filter(Boolean)
      .join(' ')}{' '}
    Purpose: {slot.purpose.replaceAll('_', ' ')}, on the basis of {slot.basis}.
  </Text>
);
