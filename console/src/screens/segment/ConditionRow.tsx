/** One condition: trait, operator, values with suggestions of what is usual. */
import { Select } from '@mantine/core';

import classes from './segment.module.css';
import { beginning, reasked, takes, type Condition, type Operator, type Trait } from './tree';
import { Values } from './Values';

interface ConditionRowProps {
  condition: Condition;
  traits: readonly Trait[];
  onChange: (condition: Condition) => void;
}

const OPERATORS: Readonly<Partial<Record<Operator, string>>> = {
  '=': 'is',
  '<>': 'is not',
  '>=': 'is at least',
  '>': 'is more than',
  '<=': 'is at most',
  '<': 'is less than',
  between: 'is between',
  in: 'is one of',
  'not in': 'is none of',
  'longer ago than': 'was longer ago than',
  'within the last': 'was within the last',
  before: 'was before',
  from: 'was not before',
};
const SOURCES: Readonly<Record<string, string>> = {
  computed: 'From what they do',
  stated: 'What they said',
  imported: 'From elsewhere',
  predicted: 'Predicted',
  moment: 'Facts of the moment',
};

export function ConditionRow({ condition, traits, onChange }: ConditionRowProps) {
  const trait = traits.find((one) => one.name === condition.trait);
  const readable = traits.filter((one) => one.operators.length > 0);
  const data = [...new Set(readable.map((one) => one.source))].map((source) => ({
    group: SOURCES[source] ?? source,
    items: readable.filter((one) => one.source === source).map((one) => ({ value: one.name, label: one.words })),
  }));
  const choose = (name: string | null) => {
    const next = readable.find((one) => one.name === name);
    if (next && next.name !== condition.trait) onChange(beginning(next));
  };
  return (
    <div className={classes.condition}>
      <Select
        aria-label="Trait"
        data={data}
        value={condition.trait}
        searchable
        allowDeselect={false}
        onChange={choose}
        size="sm"
        className={classes.trait}
      />
      <Select
        aria-label="Operator"
        data={(trait?.operators ?? [condition.operator]).map((value) => ({ value, label: OPERATORS[value] ?? value }))}
        value={condition.operator}
        allowDeselect={false}
        onChange={(value) => trait && value && onChange(reasked(condition, value, trait))}
        size="sm"
        className={classes.operator}
      />
      {takes(condition.operator) === 'nothing' ? null : (
        <Values condition={condition} trait={trait} onChange={onChange} />
      )}
    </div>
  );
}
