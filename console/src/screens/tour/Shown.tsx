/** What one of the two would be shown right now, slot by slot; what only they would get is marked. */
import { Alert, Text } from '@mantine/core';
import { IconUserOff } from '@tabler/icons-react';

import type { Simulation } from '../../api/simulation';
import { placed } from '../../parts/Picks';
import { Skeletons } from '../../parts/Skeletons';
import { inWords, isSame, onlyHere } from './compare';
import type { Household, Tour } from './data';
import { Gone } from './Gone';
import { Pick } from './Pick';
import classes from './tour.module.css';

interface ShownProps {
  household: Household;
  other: Household | undefined;
  slots: Tour['slots'];
  /** What was shown before, by slot; what is new, moved or gone is marked. */
  before?: readonly (Simulation | undefined)[] | null;
  legend?: boolean;
}

export function Shown({ household: { shown, letter }, other, slots, before, legend = false }: ShownProps) {
  if (shown === null) {
    return (
      <Text size="sm" c="dimmed">
        What they would be shown needs the right to ask for decisions, which your role does not have.
      </Text>
    );
  }
  return (
    <>
      <h4>On the same page of your shop, right now</h4>
      {legend && shown.some((one) => one?.personal !== false) ? (
        <Text size="sm" c="dimmed" className={classes.legend}>
          <span className={classes.dot} aria-hidden /> only {letter} would see this
        </Text>
      ) : null}
      {slots.map((slot, index) => (
        <Slot
          key={slot.name}
          slot={slot}
          simulation={shown[index]}
          other={other?.shown?.[index]}
          before={before?.[index]}
        />
      ))}
    </>
  );
}

interface SlotProps {
  slot: Tour['slots'][number];
  simulation: Simulation | undefined;
  other: Simulation | undefined;
  before: Simulation | undefined;
}

function Slot({ slot, simulation, other, before }: SlotProps) {
  const picks = simulation ? placed(simulation) : [];
  // What everybody gets is nobody's own.
  const own = other && simulation?.personal ? onlyHere(picks, placed(other)) : [];
  const was = before ? placed(before) : null;
  const same = was !== null && simulation !== undefined && isSame(picks, was);
  return (
    <div className={classes.slot}>
      <h5>{inWords(slot.name)}</h5>
      {slot.description ? (
        <Text size="sm" c="dimmed">
          {slot.description}
        </Text>
      ) : null}
      {simulation ? <Why simulation={simulation} /> : <Skeletons lines={5} height={30} />}
      {same ? (
        <Text size="sm" c="dimmed">
          The same as before.
        </Text>
      ) : null}
      <ol className={classes.picks} aria-label={inWords(slot.name)}>
        {picks.map((pick) => (
          <Pick
            key={pick.item}
            pick={pick}
            own={own.includes(pick)}
            was={was?.find((one) => one.item === pick.item) ?? (was ? null : undefined)}
          />
        ))}
      </ol>
      {was && simulation ? <Gone gone={onlyHere(was, picks)} simulation={simulation} /> : null}
    </div>
  );
}

/** An answer that is not personal says so; an empty one says why. */
function Why({ simulation: { personal, why, empty } }: { simulation: Simulation }) {
  return (
    <>
      {personal ? null : (
        <Alert color="yellow" icon={<IconUserOff aria-hidden />} title="Not personal" className={classes.why} role="status">
          {empty || why}
        </Alert>
      )}
      {personal && empty ? (
        <Text size="sm" c="dimmed">
          {empty}
        </Text>
      ) : null}
    </>
  );
}
