/** One place of a slot: what stands there and why, to be opened for what each part adds. */
import { Anchor, Badge, Collapse, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import { useId } from 'react';

import type { Candidate } from '../api/simulation';
import { CouponFacts } from './CouponFacts';
import classes from './Picks.module.css';
import { Reasons } from './Reasons';

/** Called to suppose that some items were never bought, or some orders never placed. */
export type Leave = (what: 'items' | 'orders', ids: readonly string[]) => void;

interface PickRowProps {
  pick: Candidate;
  /** The place where it stood before, 0 for none; undefined: nothing is compared. */
  was?: number;
  onLeave?: Leave;
}

export function PickRow({ pick, was, onLeave }: PickRowProps) {
  const [open, { toggle }] = useDisclosure(false);
  const id = useId();
  const parts = pick.parts;
  const leaves = pick.coupon ? 'orders' : 'items';
  return (
    <li className={classes.pick}>
      <UnstyledButton className={classes.head} onClick={toggle} aria-expanded={open} aria-controls={id}>
        <span className={classes.place} aria-label={`Place ${pick.place}`}>
          {pick.place}
        </span>
        <span className={classes.what}>
          <Group gap="xs" component="span">
            <Text component="span" fw={600}>
              {pick.title}
            </Text>
            {pick.coupon?.role ? (
              <Badge component="span" size="sm" variant="light">
                {pick.coupon.role}
              </Badge>
            ) : null}
            <Moved place={pick.place ?? 0} was={was} />
          </Group>
          <Text component="span" size="sm" c="dimmed" className={classes.reason}>
            {parts[0]?.text}
          </Text>
        </span>
        <Text component="span" size="sm" data-numbers className={classes.score}>
          {pick.score_text}
        </Text>
        <IconChevronDown size={16} aria-hidden className={classes.chevron} data-open={open || undefined} />
      </UnstyledButton>
      <Collapse expanded={open} id={id}>
        <Stack gap="md" className={classes.more}>
          {pick.coupon ? <CouponFacts coupon={pick.coupon} /> : null}
          <Reasons
            reasons={parts}
            label={`Why ${pick.title}`}
            action={(part) =>
              onLeave && part.data.length > 0 ? (
                <Anchor component="button" type="button" size="xs" onClick={() => onLeave(leaves, part.data)}>
                  What if not?
                </Anchor>
              ) : null
            }
          />
          <Text size="xs" c="dimmed">
            {Object.values(pick.details).join(' · ')}
            {pick.probability == null || pick.probability === 1
              ? null
              : ` Drawn for this place with probability ${pick.probability.toPrecision(2)}.`}
          </Text>
        </Stack>
      </Collapse>
    </li>
  );
}

function Moved({ place, was }: { place: number; was?: number }) {
  if (was === undefined || was === place) return null;
  return (
    <Badge component="span" size="sm" variant="light" color={was === 0 ? 'blue' : 'gray'}>
      {was === 0 ? 'new here' : `was ${was}`}
    </Badge>
  );
}
