/** The customer's parts as a list: what each brought; some may be chosen, to be cut off. */
import { Badge, Checkbox, Group, Text } from '@mantine/core';

import { Instant } from '../../../parts/Instant';
import classes from '../customer.module.css';
import { Section } from '../Section';
import type { Part } from './shape';

interface PartsProps {
  parts: readonly Part[];
  leaving: ReadonlySet<string>;
  onToggle: ((part: string) => void) | null;
}

export const Parts = ({ parts, leaving, onToggle }: PartsProps) => (
  <Section title="Parts" note="What each identifier brought. The first gave the customer its id.">
    <ul className={classes.rows} aria-label="Parts">
      {parts.map((part) => (
        <li key={part.part}>
          <Group wrap="nowrap" align="flex-start" gap="sm">
            {onToggle ? (
              <Checkbox
                mt={3}
                checked={leaving.has(part.part)}
                onChange={() => onToggle(part.part)}
                aria-label={`Cut off ${part.label}`}
              />
            ) : null}
            <div className={classes.body}>
              <Text fw={600} className={classes.text}>
                {part.label}
              </Text>
              <Text size="sm" c="dimmed">
                {part.words}
                {part.first_at === null || part.last_at === null ? null : (
                  <>
                    , from <Instant at={part.first_at} form="date" /> to <Instant at={part.last_at} form="date" />
                  </>
                )}
              </Text>
              {part.refused > 0 ? <Refused n={part.refused} /> : null}
            </div>
          </Group>
        </li>
      ))}
    </ul>
  </Section>
);

const Refused = ({ n }: { n: number }) => (
  <Badge variant="light" color="yellow" mt={4}>
    {n === 1 ? 'May not join one other' : `May not join ${n.toLocaleString('en')} others`}
  </Badge>
);
