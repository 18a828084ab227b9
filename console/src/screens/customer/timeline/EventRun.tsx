/** Events that happened at one instant under one name: a few of them, the others on demand. */
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';

import type { Run } from './byDay';
import { EventRow } from './EventRow';
import classes from './timeline.module.css';

export function EventRun({ run: { shown, hidden } }: { run: Run }) {
  const [opened, { open }] = useDisclosure();
  const name = shown[0]?.name ?? '';
  return (
    <>
      {[...shown, ...(opened ? hidden : [])].map((event) => (
        <EventRow key={event.seq} event={event} />
      ))}
      {hidden.length === 0 || opened ? null : (
        <li className={classes.event}>
          <Button variant="subtle" size="compact-sm" my={6} ml={22} onClick={open}>
            {hidden.length} more at the same time: {name}
          </Button>
        </li>
      )}
    </>
  );
}
