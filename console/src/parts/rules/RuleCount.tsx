/** How many people a rule matches, of how many, and how many of them can be reached. */
import { Group, Progress, Skeleton, Stack, Text, Tooltip } from '@mantine/core';

import { Figure } from '../Figure';
import { Instant } from '../Instant';
import { People } from '../People';
import classes from './rule.module.css';
import type { CheckedRule } from './useRuleCheck';

interface RuleCountProps {
  checked: CheckedRule | undefined;
  /** The figures belong to an earlier text. */
  stale: boolean;
  /** Where the list of those people is. */
  to?: string;
}

const grouped = (n: number) => n.toLocaleString('en');

export function RuleCount({ checked, stale, to }: RuleCountProps) {
  const count = checked?.count;
  if (!count) return <NotCounted checked={checked} />;
  return (
    <Stack gap="xs" className={stale ? classes.stale : undefined} aria-busy={false} data-testid="rule-count">
      <Group gap="xl" align="flex-start">
        <Figure
          label="People it matches"
          value={to ? <People text={count.matches} to={to} of="people whom the rule matches" /> : grouped(count.matches)}
          note={`of ${grouped(count.of)} customers`}
        />
        <Figure
          label={
            <Tooltip label={count.reachable_means} multiline maw={320}>
              {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what it means shows on focus too */}
              <span tabIndex={0}>Reachable</span>
            </Tooltip>
          }
          value={grouped(count.reachable)}
          note="of those, now"
        />
      </Group>
      <Progress value={count.share * 100} size="sm" color="var(--shop-accent-text)" aria-label={count.text} />
      <Text size="sm" c="dimmed" aria-live="polite">
        {count.text}, as of <Instant at={count.as_of} />
      </Text>
    </Stack>
  );
}

function NotCounted({ checked }: { checked: CheckedRule | undefined }) {
  if (checked && !checked.ok) return <Text c="dimmed">Counted once the rule can be read.</Text>;
  if (checked?.uncounted && !checked.counting) return <Text c="dimmed">{checked.uncounted}</Text>;
  return (
    <Stack gap="xs" role="status" aria-label={checked?.uncounted ?? 'Counting'}>
      <Skeleton height={34} width={160} />
      <Text size="sm" c="dimmed">
        {checked?.uncounted ?? 'Counting.'}
      </Text>
    </Stack>
  );
}
