/** Customers: find one by any identifier or name, list those in a segment; and everybody's open tasks. */
import { SegmentedControl } from '@mantine/core';

import { useRight } from '../../api/session';
import { PageHeader } from '../../parts/PageHeader';
import { useUrlState } from '../../parts/useUrlState';
import { FindCustomers } from './FindCustomers';
import { OpenTasks } from './OpenTasks';

type View = 'people' | 'tasks';

export function CustomersPage() {
  const [view, setView] = useUrlState<View>('view', 'people');
  const mayNote = useRight('notes');
  const shown = mayNote ? view : 'people';
  return (
    <>
      <PageHeader
        title="Customers"
        purpose="Find a customer and see who they are, what they did and what they would be shown."
        actions={
          mayNote ? (
            <SegmentedControl
              aria-label="What to look at"
              value={shown}
              onChange={(value) => setView(value, { push: true })}
              data={[
                { value: 'people', label: 'Customers' },
                { value: 'tasks', label: 'Open tasks' },
              ]}
            />
          ) : undefined
        }
      />
      {shown === 'tasks' ? <OpenTasks /> : <FindCustomers />}
    </>
  );
}
