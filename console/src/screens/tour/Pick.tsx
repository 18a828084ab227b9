/** One pick: its title and first reason, to be opened for what each part adds. */
import { Badge, Collapse, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import { useId } from 'react';

import type { Candidate } from '../../api/simulation';
import { CouponFacts } from '../../parts/CouponFacts';
import { Reasons } from '../../parts/Reasons';
import { Titled } from './Titled';
import classes from './tour.module.css';

interface PickProps {
  pick: Candidate;
  /** Only this one of the two would be shown it. */
  own: boolean;
  /** What it was before; null: it was not there; undefined: nothing is compared. */
  was?: Candidate | null;
}

export function Pick({ pick, own, was }: PickProps) {
  const [open, { toggle }] = useDisclosure(false);
  const id = useId();
  return (
    <li className={classes.pick} data-own={own || undefined} data-new={was === null || undefined}>
      <UnstyledButton onClick={toggle} aria-expanded={open} aria-controls={id}>
        <span className={classes.title}>
          <Titled text={pick.title} />
          {own ? <span className={classes.hidden}>, only here</span> : null}
          <Role pick={pick} was={was} />
          <Moved pick={pick} was={was} />
        </span>
        <span className={classes.reason}>{pick.parts[0]?.text}</span>
        <IconChevronDown size={16} aria-hidden className={classes.chevron} data-open={open || undefined} />
      </UnstyledButton>
      <Collapse expanded={open} id={id}>
        <Stack gap="sm" pb="md" pl="sm">
          {pick.coupon ? <CouponFacts coupon={pick.coupon} /> : null}
          <Reasons reasons={pick.parts} label={`Why ${pick.title}`} />
          <Text size="xs" c="dimmed">
            {[...Object.values(pick.details), pick.score_text].join(' · ')}
          </Text>
        </Stack>
      </Collapse>
    </li>
  );
}

/** What a coupon is for, and what it was for before. */
function Role({ pick, was }: Omit<PickProps, 'own'>) {
  const role = pick.coupon?.role;
  if (!role) return null;
  const old = was?.coupon?.role;
  return (
    <Badge component="span" size="sm" variant="light" color={old && old !== role ? 'blue' : 'gray'}>
      {old && old !== role ? `${old} → ${role}` : role}
    </Badge>
  );
}

function Moved({ pick, was }: Omit<PickProps, 'own'>) {
  if (was === undefined || was?.place === pick.place) return null;
  return (
    <Badge component="span" size="sm" variant="light" color={was === null ? 'blue' : 'gray'}>
      {was === null ? 'new' : `was ${was.place}`}
    </Badge>
  );
}
