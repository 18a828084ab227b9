/** The values of a condition, in the form that its operator takes. */
import { Autocomplete, Group, NativeSelect, TagsInput, Text, TextInput } from '@mantine/core';

import classes from './segment.module.css';
import { takes, type Condition, type Trait } from './tree';

interface ValuesProps {
  condition: Condition;
  trait: Trait | undefined;
  onChange: (condition: Condition) => void;
}

type Unit = NonNullable<Condition['unit']>;
const UNITS: readonly Unit[] = ['minute', 'hour', 'day', 'week', 'month', 'year'];

export function Values({ condition, trait, onChange }: ValuesProps) {
  const values = condition.values ?? [];
  const set = (next: readonly string[]) => onChange({ ...condition, values: [...next] });
  const usual = (trait?.usual ?? []).map((one) => one.value);
  switch (takes(condition.operator)) {
    case 'many':
      return <TagsInput aria-label="Values" size="sm" data={usual} value={[...values]} onChange={set} className={classes.values} maxDropdownHeight={260} />;
    case 'two':
      return (
        <Group gap="xs" wrap="nowrap" className={classes.values}>
          <OneValue label="Lowest value" value={values[0] ?? ''} trait={trait} onChange={(low) => set([low, values[1] ?? ''])} />
          <Text size="sm">and</Text>
          <OneValue label="Highest value" value={values[1] ?? ''} trait={trait} onChange={(high) => set([values[0] ?? '', high])} />
        </Group>
      );
    case 'span':
      return (
        <Group gap="xs" wrap="nowrap" className={classes.values}>
          <TextInput aria-label="How many" size="sm" w={80} inputMode="numeric" value={values[0] ?? ''} onChange={(event) => set([event.currentTarget.value])} />
          <NativeSelect
            aria-label="Unit"
            size="sm"
            flex={1}
            data={UNITS.map((unit) => ({ value: unit, label: `${unit}s` }))}
            value={condition.unit ?? 'day'}
            onChange={(event) => onChange({ ...condition, unit: event.currentTarget.value as Unit })}
          />
        </Group>
      );
    default:
      return <OneValue label="Value" value={values[0] ?? ''} trait={trait} onChange={(value) => set([value])} wide />;
  }
}

interface OneValueProps {
  label: string;
  value: string;
  trait: Trait | undefined;
  onChange: (value: string) => void;
  wide?: boolean;
}

function OneValue({ label, value, trait, onChange, wide = false }: OneValueProps) {
  const usual = trait?.usual ?? [];
  const numeric = trait !== undefined && ['integer', 'number', 'money'].includes(trait.type);
  const texts = new Map(usual.map((one) => [one.value, one] as const));
  return (
    <Autocomplete
      aria-label={label}
      size="sm"
      value={value}
      onChange={onChange}
      data={[...texts.keys()]}
      filter={numeric ? ({ options }) => options : undefined}
      inputMode={numeric ? 'decimal' : undefined}
      className={wide ? classes.values : undefined}
      maxDropdownHeight={260}
      renderOption={({ option }) => <Usual text={texts.get(option.value)?.text ?? option.value} customers={texts.get(option.value)?.customers} />}
    />
  );
}

const Usual = ({ text, customers }: { text: string; customers: number | null | undefined }) => (
  <Group justify="space-between" wrap="nowrap" w="100%" gap="md">
    <Text size="sm">{text}</Text>
    {customers === null || customers === undefined ? null : (
      <Text size="xs" c="dimmed" data-numbers>
        {customers.toLocaleString('en')}
      </Text>
    )}
  </Group>
);
