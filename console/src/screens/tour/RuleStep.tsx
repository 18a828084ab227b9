/** Step 3: a rule of offers is edited; its sentence, count and cost stand beside it, then it is applied with a diff. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconArrowRight, IconBulb, IconCheck } from '@tabler/icons-react';
import { useState } from 'react';

import { ConfirmDiff } from '../../parts/ConfirmDiff';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { RuleEditor } from '../../parts/RuleEditor';
import { useRuleCheck } from '../../parts/rules/useRuleCheck';
import { Columns } from './Columns';
import { inWords } from './compare';
import { Cost } from './Cost';
import type { TourRule } from './data';
import { Shown } from './Shown';
import { StepHead, useMayTry } from './StepHead';
import type { StepProps } from './TourPage';
import classes from './tour.module.css';
import { useRuleEdit, type RuleEdit } from './useRuleEdit';

export function RuleStep(props: StepProps) {
  const { tour, go } = props;
  const next = (
    <Button variant="default" rightSection={<IconArrowRight size={17} aria-hidden />} onClick={() => go('object')}>
      Next: object
    </Button>
  );
  return (
    <>
      <StepHead step="rule" action={next} />
      {tour.rule ? (
        <Editing {...props} rule={tour.rule} />
      ) : (
        <EmptyState action={next}>
          This shop has no rule of offers, or no slot that shows offers; offers.yaml is where one is written.
        </EmptyState>
      )}
    </>
  );
}

function Editing({ tour, households, rule }: StepProps & { rule: TourRule }) {
  const may = useMayTry('rule');
  const [where, setWhere] = useState(rule.where);
  const check = useRuleCheck(where, 'offer_rule');
  const edit = useRuleEdit(rule, households, setWhere);
  const empty = where.trim() === '';
  const ready = empty || (check.where === where && check.asked.data?.ok === true && !check.asked.isPlaceholderData);
  const different = where.trim() !== rule.where.trim();
  const slots = tour.slots.filter(({ name }) => name === rule.slot);
  const at = tour.slots.findIndex(({ name }) => name === rule.slot);
  const only = (shown: (typeof households)[number]['shown']) => shown?.slice(at, at + 1) ?? null;
  return (
    <>
      <div className={classes.rule}>
        <Stack gap="md">
          <RuleEditor
            label={`Who may have the coupons of ${rule.group}`}
            description={rule.where === '' ? 'Everybody, until now: the rule has no condition.' : undefined}
            value={where}
            onChange={setWhere}
            context="offer_rule"
            check={check}
            readOnly={!may}
          />
          <Group gap="sm">
            <Button disabled={!may || !ready || !different} loading={edit.busy} onClick={() => edit.review(where)}>
              Review and apply
            </Button>
            {rule.try_where && rule.try_where !== where ? (
              <Button
                variant="light"
                disabled={!may}
                leftSection={<IconBulb size={17} aria-hidden />}
                onClick={() => setWhere(rule.try_where)}
              >
                Try: {rule.try_words}
              </Button>
            ) : null}
            {different ? (
              <Button variant="subtle" color="gray" onClick={() => setWhere(rule.where)}>
                Back to what is in force
              </Button>
            ) : null}
          </Group>
          {edit.error ? <ErrorCard error={edit.error} title="This cannot be applied" /> : null}
        </Stack>
        {different ? <Cost rule={rule} where={where} ready={ready} /> : null}
        {!different && edit.applied ? <InForce edit={edit} text={edit.applied.text} /> : null}
        {!different && !edit.applied ? (
          <Text c="dimmed" className={classes.cost}>
            Edit the rule, or take the edit that is proposed, to see what it costs before anything changes.
          </Text>
        ) : null}
      </div>
      <Review rule={rule} edit={edit} />
      <Columns
        households={households.map((one) => ({ ...one, shown: only(one.shown) }))}
        rows={[
          (one, other) => (
            <Shown
              household={one}
              other={other}
              slots={slots}
              before={only(edit.applied?.before.find(({ letter }) => letter === one.letter)?.shown ?? null)}
            />
          ),
        ]}
      />
    </>
  );
}

const InForce = ({ edit, text }: { edit: RuleEdit; text: string }) => (
  <Alert color="shop" icon={<IconCheck aria-hidden />} title={text} role="status" className={classes.inForce}>
    <Text size="sm">What it changed for the two is marked below.</Text>
    <Button size="xs" variant="default" mt="sm" loading={edit.busy} onClick={edit.undo}>
      Undo
    </Button>
  </Alert>
);

function Review({ rule, edit: { plan, close, send, look } }: { rule: TourRule; edit: RuleEdit }) {
  const fields = (plan?.changes ?? []).flatMap((change) => change.fields);
  return (
    <ConfirmDiff
      key={plan === null ? 'closed' : 'open'}
      opened={plan !== null}
      onClose={close}
      title={`Put ${inWords(rule.name)} in force`}
      changes={fields.map((field) => ({ ...field, field: field.field === 'where' ? 'Who may have them' : inWords(field.field) }))}
      apply={send}
      look={look}
      onApplied={close}
      label="Put in force"
    >
      {plan?.consequences.map((one) => (
        <Text key={`${one.noun} ${one.name}`}>{one.text || one.uncounted}</Text>
      ))}
      {plan?.diff ? (
        <pre className={classes.diff} aria-label="Lines of the file that change">
          {plan.diff}
        </pre>
      ) : null}
    </ConfirmDiff>
  );
}
