/** Every purpose and where the customer stands towards it; staff may take a word of theirs down. */
import { Button, Group, Switch, Text } from '@mantine/core';
import { useState } from 'react';

import { useRight } from '../../../api/session';
import { Instant } from '../../../parts/Instant';
import classes from '../customer.module.css';
import { inWords } from '../inWords';
import { Section } from '../Section';
import type { Page } from '../Who';
import { TakeWord, type Word } from './TakeWord';

type Line = Page['consents'][number];

interface ConsentsProps {
  customer: string;
  consents: readonly Line[];
}

const BASIS: Readonly<Record<string, string>> = {
  consent: 'needs consent',
  legitimate_interest: 'legitimate interest',
  contract: 'contract',
};

export function Consents({ customer, consents }: ConsentsProps) {
  const mayTake = useRight('notes');
  const [word, setWord] = useState<Word | null>(null);
  return (
    <Section title="Consent and objection">
      <ul className={classes.rows}>
        {consents.map((line) => (
          <li key={line.purpose}>
            <Group justify="space-between" align="flex-start" wrap="nowrap" gap="md">
              <div>
                <Text fw={600}>
                  {inWords(line.purpose)}{' '}
                  <Text span size="xs" c="dimmed" fw={400}>
                    {BASIS[line.basis] ?? line.basis}
                  </Text>
                </Text>
                <Text size="sm">{line.words}</Text>
                <Since line={line} />
                <Evidence line={line} />
              </div>
              {mayTake ? <Actions line={line} onTake={(action) => setWord({ purpose: line.purpose, action })} /> : null}
            </Group>
          </li>
        ))}
      </ul>
      <TakeWord customer={customer} word={word} onClose={() => setWord(null)} />
    </Section>
  );
}

const Since = ({ line: { since, source, description } }: { line: Line }) => (
  <Text size="xs" c="dimmed">
    {since === null ? (
      description
    ) : (
      <>
        said <Instant at={since} form="date" />, from {source}
      </>
    )}
  </Text>
);

/** Who said it, how well that can be shown, when it ends, and what they saw. */
const Evidence = ({ line: { who, grade, expires_at, wording } }: { line: Line }) => {
  if (grade === null) return null;
  return (
    <>
      <Text size="xs" c="dimmed">
        {who === null ? null : `${who}, `}
        {inWords(grade)}
        {expires_at === null ? null : (
          <>
            , ends <Instant at={expires_at} form="date" />
          </>
        )}
      </Text>
      {wording === null ? null : (
        <Text size="xs" fs="italic">
          “{wording}”
        </Text>
      )}
    </>
  );
};

interface ActionsProps {
  line: Line;
  onTake: (action: Line['actions'][number]) => void;
}

/** A switch where there is one thing to say, buttons where there are two. */
function Actions({ line, onTake }: ActionsProps) {
  const [only, other] = line.actions;
  if (only === undefined) return null;
  if (other === undefined) {
    return (
      <Switch
        checked={line.allowed}
        onChange={() => onTake(only)}
        aria-label={`${inWords(line.purpose)} is allowed: ${only.words.toLowerCase()}`}
      />
    );
  }
  return (
    <Group gap={6} justify="flex-end">
      {line.actions.map((action) => (
        <Button key={action.words} size="compact-xs" variant="default" onClick={() => onTake(action)}>
          {action.words}
        </Button>
      ))}
    </Group>
  );
}
