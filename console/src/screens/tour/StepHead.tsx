/** The head of a step: what to look at, and the one thing to do. */
import { Alert, Group, Text } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { useRight } from '../../api/session';
import { TOLD, type Step } from './steps';
import classes from './tour.module.css';

/** Whether the signed-in person may try a step. */
export const useMayTry = (step: Step) => useRight(TOLD[step].right);

export function StepHead({ step, action }: { step: Step; action?: ReactNode }) {
  const may = useMayTry(step);
  const { title, look, who } = TOLD[step];
  return (
    <>
      <Group justify="space-between" align="center" gap="md" className={classes.head}>
        <div className={classes.look}>
          <h2>{title}</h2>
          <Text>{look}</Text>
        </div>
        {may ? action : null}
      </Group>
      {may ? null : (
        <Alert color="gray" icon={<IconLock aria-hidden />} mb="lg">
          Your role may look at this step, but not try it: ask {who}.
        </Alert>
      )}
    </>
  );
}
