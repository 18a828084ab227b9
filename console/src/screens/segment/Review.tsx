/** The difference that an edit makes, whom it moves, and the lines of the file, before it is put in force. */
import { Anchor, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';

import { ConfirmDiff } from '../../parts/ConfirmDiff';
import type { Plan } from './api';
import classes from './segment.module.css';
import type { Applying } from './useApplying';

const NAMES: Readonly<Record<string, string>> = { where: 'Rule', description: 'Description' };

const changesOf = (plan: Plan | null) =>
  (plan?.changes ?? []).flatMap((change) =>
    change.fields.map((field) => ({ ...field, field: NAMES[field.field] ?? field.field })),
  );

export function Review({ name, applying }: { name: string; applying: Applying }) {
  const { plan } = applying;
  const [shown, { toggle }] = useDisclosure();
  return (
    <ConfirmDiff
      key={plan === null ? 'closed' : 'open'}
      opened={plan !== null}
      onClose={applying.close}
      title={`Put ${name} in force`}
      changes={changesOf(plan)}
      apply={applying.send}
      look={applying.look}
      onApplied={applying.done}
      label="Put in force"
    >
      <Stack gap="xs">
        {plan?.consequences.map((one) => (
          <Text key={`${one.noun} ${one.name}`}>
            {one.text || one.uncounted}
          </Text>
        ))}
        {plan && plan.diff !== '' ? (
          <div>
            <Anchor component="button" type="button" size="sm" onClick={toggle} aria-expanded={shown}>
              {shown ? 'Hide the lines of the file' : 'Show the lines of the file'}
            </Anchor>
            {shown ? <pre className={classes.diff}>{plan.diff}</pre> : null}
          </div>
        ) : null}
      </Stack>
    </ConfirmDiff>
  );
}
