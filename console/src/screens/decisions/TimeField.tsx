/** When: now, or any instant in the viewer's zone. */
import { Anchor, Group, TextInput } from '@mantine/core';

import { useShopNow } from '../../app/clock';
import { instantFrom, localOf } from './question';

const DAY = 86_400_000;
const SPANS = [
  ['a month ago', -30],
  ['in a week', 7],
] as const;

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function TimeField({ at, onChange }: { at: string | null; onChange: (at: string | null) => void }) {
  const now = useShopNow();
  return (
    <TextInput
      label="Time"
      description={`Empty is now; in ${zone}`}
      type="datetime-local"
      value={localOf(at)}
      onChange={(event) => onChange(instantFrom(event.currentTarget.value))}
      inputWrapperOrder={['label', 'input', 'description']}
      rightSectionWidth={0}
      inputContainer={(children) => (
        <>
          {children}
          <Group gap="sm" mt={4}>
            {at === null ? null : <Shortcut label="now" onClick={() => onChange(null)} />}
            {SPANS.map(([label, days]) => (
              <Shortcut key={label} label={label} onClick={() => onChange(rounded(now + days * DAY))} />
            ))}
          </Group>
        </>
      )}
    />
  );
}

const MINUTE = 60_000;
const rounded = (at: number) => new Date(Math.floor(at / MINUTE) * MINUTE).toISOString();

const Shortcut = ({ label, onClick }: { label: string; onClick: () => void }) => (
  <Anchor component="button" type="button" size="xs" onClick={onClick}>
    {label}
  </Anchor>
);
