/**
 * A rule as text with what the server says of it while it is typed: mistakes in their place, the sentence, the count.
 *
 * <RuleEditor label="Who may have it" value={where} onChange={setWhere} context="offer_rule" />
 */
import { Stack, Text } from '@mantine/core';
import { useId } from 'react';

import { ErrorCard } from './ErrorCard';
import { Mistakes } from './rules/Mistakes';
import { mended } from './rules/places';
import { RuleCount } from './rules/RuleCount';
import { RuleText } from './rules/RuleText';
import classes from './rules/rule.module.css';
import { useRuleCheck, type RuleCheck, type RuleKind } from './rules/useRuleCheck';

interface RuleEditorProps {
  value: string;
  onChange: (text: string) => void;
  /** What the rule is for: an offer's may read `context.…` too. */
  context: RuleKind;
  label?: string;
  description?: string;
  /** What was checked already, by `useRuleCheck` of the same text; else it is checked here. */
  check?: RuleCheck;
  /** Without the count: where it stands elsewhere on the page. */
  plain?: boolean;
  /** Where the list of the people is whom it matches. */
  people?: string;
  readOnly?: boolean;
}

export function RuleEditor(props: RuleEditorProps) {
  const { context, value, check } = props;
  return check ? <Editor {...props} check={check} /> : <CheckedEditor {...props} context={context} value={value} />;
}

function CheckedEditor(props: RuleEditorProps) {
  return <Editor {...props} check={useRuleCheck(props.value, props.context)} />;
}

function Editor(props: RuleEditorProps & { check: RuleCheck }) {
  const { value, onChange, label = 'Rule', description, plain = false, people, readOnly, check } = props;
  const mistakesId = useId();
  const { asked, where } = check;
  const empty = value.trim() === '';
  const checked = empty ? undefined : asked.data;
  const stale = where !== value || asked.isPlaceholderData;
  const mistakes = checked && !stale ? checked.mistakes : [];
  return (
    <Stack gap="sm">
      <RuleText
        label={label}
        description={description}
        value={value}
        onChange={onChange}
        mistakes={mistakes}
        describedBy={mistakesId}
        readOnly={readOnly}
      />
      <Mistakes
        id={mistakesId}
        mistakes={mistakes}
        onFix={(mistake, fix) => onChange(mended(value, mistake, fix))}
      />
      {empty ? <Text c="dimmed">Write a condition such as orders_90d &gt;= 6.</Text> : null}
      {checked?.ok ? (
        <Text className={classes.sentence} data-testid="rule-sentence">
          {checked.sentence}.
        </Text>
      ) : null}
      {checked?.ok ? (
        <Text size="sm" c="dimmed">
          {checked.timing}
        </Text>
      ) : null}
      {asked.error && !empty ? <ErrorCard error={asked.error} again={asked.refetch} title="This cannot be checked now" /> : null}
      {plain || empty ? null : <RuleCount checked={checked} stale={stale} to={people} />}
    </Stack>
  );
}
