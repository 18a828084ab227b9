/** Everybody's open tasks, the one due first before the others. */
import { Anchor, Badge, Checkbox, Text } from '@mantine/core';
import { IconChecklist } from '@tabler/icons-react';
import { Link } from 'react-router';

import { useAsk } from '../../api/ask';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { Instant } from '../../parts/Instant';
import { TableSkeleton } from '../../parts/Skeletons';
import { useDone } from '../customer/notes/useDone';
import classes from './customers.module.css';

export function OpenTasks() {
  const { data, error, refetch } = useAsk('/v1/tasks');
  const setDone = useDone();
  if (error && !data) return <ErrorCard error={error} again={refetch} />;
  if (!data) return <TableSkeleton rows={5} />;
  if (data.length === 0) {
    return (
      <EmptyState icon={IconChecklist}>
        Nothing is waiting to be done. A task is written on a customer’s page.
      </EmptyState>
    );
  }
  return (
    <ul className={classes.tasks} aria-label="Open tasks">
      {data.map((task) => (
        <li key={task.id} className={classes.task}>
          <Checkbox
            mt={3}
            aria-label={`Done: ${task.text}`}
            checked={task.done_at !== null}
            onChange={(event) => setDone(task, event.currentTarget.checked)}
          />
          <div>
            <Text className={classes.text}>{task.text}</Text>
            <Text size="sm" c="dimmed">
              <Anchor component={Link} to={`/customers/${task.customer}`} size="sm" underline="always">
                {task.who}
              </Anchor>
              , by {task.author}, <Instant at={task.at} />
            </Text>
          </div>
          {task.due ? (
            <Badge variant="light" color={task.overdue ? 'red' : 'gray'}>
              {task.due}
            </Badge>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
