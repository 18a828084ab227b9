/** The text of a rule, with its mistakes underlined where they stand. */
import { Input } from '@mantine/core';
import { useId } from 'react';

import { pieces, type Placed } from './places';
import classes from './rule.module.css';

interface RuleTextProps {
  value: string;
  onChange: (text: string) => void;
  mistakes: readonly Placed[];
  label: string;
  description?: string;
  /** Id of what says the mistakes. */
  describedBy?: string;
  readOnly?: boolean;
}

export function RuleText({ value, onChange, mistakes, label, description, describedBy, readOnly }: RuleTextProps) {
  const id = useId();
  const invalid = mistakes.length > 0;
  return (
    <Input.Wrapper label={label} description={description} labelProps={{ htmlFor: id }} inputWrapperOrder={['label', 'description', 'input']}>
      <div className={classes.editor} data-invalid={invalid || undefined}>
        <pre className={classes.behind} aria-hidden>
          {pieces(value, mistakes).map((piece, index) =>
            piece.mistake === null ? <span key={index}>{piece.text}</span> : <mark key={index}>{piece.text}</mark>,
          )}{' '}
        </pre>
        <textarea
          id={id}
          className={classes.area}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          readOnly={readOnly}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-invalid={invalid}
          aria-describedby={describedBy}
          maxLength={50_000}
        />
      </div>
    </Input.Wrapper>
  );
}
