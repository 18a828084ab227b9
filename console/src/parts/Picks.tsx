/**
 * What would be shown, place by place: title, the strongest reason, what each part adds; what a coupon costs and
 * changes; below, what a rule kept out. An answer that is not personal says so first.
 *
 * <Picks simulation={simulation} refused={3} />
 */
import { Alert, Stack, Text } from '@mantine/core';
import { IconUserOff } from '@tabler/icons-react';

import type { Candidate, Simulation } from '../api/simulation';
import { PickRow, type Leave } from './PickRow';
import classes from './Picks.module.css';
import { Refused } from './Refused';
import { Unmet } from './Unmet';

interface PicksProps {
  simulation: Simulation;
  /** How many of the refused are listed; 0: none. */
  refused?: number;
  /** Ids of what stood here before, in order: what moved is marked. */
  before?: readonly string[];
  /** Lets one suppose that the data of a reason were not there. */
  onLeave?: Leave;
  label?: string;
}

export const placed = (simulation: Simulation): readonly Candidate[] =>
  simulation.ranked.filter((one) => typeof one.place === 'number');

export function Picks({ simulation, refused = 5, before, onLeave, label = 'Picks' }: PicksProps) {
  const picks = placed(simulation);
  const blocked = simulation.refused.slice(0, refused);
  return (
    <Stack gap="md">
      <NotPersonal simulation={simulation} />
      {simulation.empty ? <Text c="dimmed">{simulation.empty}</Text> : null}
      {simulation.rule && !simulation.rule.holds ? <Unmet conditions={simulation.rule.unmet} /> : null}
      {picks.length > 0 ? (
        <ol className={classes.picks} aria-label={label}>
          {picks.map((pick) => (
            <PickRow key={pick.item} pick={pick} was={before && before.indexOf(pick.item) + 1} onLeave={onLeave} />
          ))}
        </ol>
      ) : null}
      {blocked.length > 0 ? <Refused candidates={blocked} /> : null}
    </Stack>
  );
}

function NotPersonal({ simulation: { personal, why, degraded } }: PicksProps) {
  if (personal && !degraded) return null;
  return (
    <Alert
      color={degraded ? 'red' : 'yellow'}
      icon={<IconUserOff aria-hidden />}
      title={personal ? 'Something was missing' : 'Not personal: nothing of this customer was used'}
    >
      {personal ? degraded : [why, degraded].filter(Boolean).join('; ')}
    </Alert>
  );
}
