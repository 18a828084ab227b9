/** Each column with what it holds, what it is guessed to be, why, and a choice to change that. */
import { Badge, Group, Select, Text } from '@mantine/core';

import type { Answer } from '../../api/contract';
import { fieldOf, withField, type MappingDoc } from './mapping';
import classes from './importing.module.css';

export type Guess = Answer<'get', '/v1/uploads/{upload}'>;
type Kind = Guess['kinds'][number];

interface ColumnsProps {
  guess: Guess;
  kind: Kind;
  mapping: MappingDoc;
  onChange: (mapping: MappingDoc) => void;
}

const LEFT_OUT = 'Leave out';

export function Columns({ guess, kind, mapping, onChange }: ColumnsProps) {
  const free = kind.fields.map(({ field }) => field).filter((field) => field.endsWith('.*'));
  const options = [
    { value: '', label: LEFT_OUT },
    ...kind.fields.map(({ field, label, required }) => ({ value: field, label: required ? `${label} (needed)` : label })),
  ];
  return (
    <ul className={classes.columns}>
      {guess.columns.map((column, index) => {
        const field = fieldOf(mapping, column.name, free);
        const guessed = field === (free.includes(`${column.field.split('.')[0] ?? ''}.*`) ? asFree(column.field) : column.field);
        return (
          <li key={`${index}-${column.name}`} className={classes.column}>
            <div>
              <Group gap="xs">
                <Text fw={600} className={classes.name}>
                  {column.name || 'without a name'}
                </Text>
                <Text size="sm" c="dimmed">
                  {column.type}
                  {column.empty > 0 ? `, ${Math.round(column.empty * 100)} % empty` : ''}
                </Text>
              </Group>
              <Text size="sm" c="dimmed" className={classes.samples}>
                {column.samples.join(' · ')}
              </Text>
            </div>
            <div>
              <Select
                aria-label={`What “${column.name}” is`}
                data={options}
                value={field}
                allowDeselect={false}
                searchable={options.length > 12}
                onChange={(chosen) => {
                  const several = kind.fields.find((one) => one.field === chosen)?.several ?? false;
                  onChange(withField(mapping, column.name, chosen ?? '', { key: column.key, several }));
                }}
              />
              {guessed ? (
                <Group gap={6} mt={4} wrap="nowrap" align="flex-start">
                  {column.confidence > 0 ? (
                    <Badge size="sm" variant="light" flex="none" color={column.confidence >= 0.7 ? 'shop' : 'yellow'}>
                      {Math.round(column.confidence * 100)} %
                    </Badge>
                  ) : null}
                  <Text size="xs" c="dimmed" className={classes.name}>
                    {column.why}
                  </Text>
                </Group>
              ) : (
                <Text size="xs" c="dimmed" mt={4}>
                  chosen by you
                </Text>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

const asFree = (field: string) => `${field.split('.')[0] ?? ''}.*`;
