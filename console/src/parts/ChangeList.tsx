/**
 * What changes, field by field: what stood there, what shall stand there.
 *
 * <ChangeList changes={[{ field: 'where', old: 'orders_90d = 0', new: 'orders_180d = 0' }]} />
 */
import { Text } from '@mantine/core';

import classes from './ChangeList.module.css';

/** null: there was none, or there shall be none. */
export interface Change {
  readonly field: string;
  readonly old: string | null;
  readonly new: string | null;
}

export function ChangeList({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <Text c="dimmed">Nothing is different.</Text>;
  return (
    <dl className={classes.list}>
      {changes.map((change) => (
        <div key={change.field}>
          <dt>{change.field}</dt>
          {change.old === null ? null : (
            <dd data-side="old">
              <span className={classes.sign}>Until now</span>
              <del>{change.old}</del>
            </dd>
          )}
          {change.new === null ? null : (
            <dd data-side="new">
              <span className={classes.sign}>{change.old === null ? 'New' : 'From now on'}</span>
              <ins>{change.new}</ins>
            </dd>
          )}
          {change.new === null ? <dd>Taken out.</dd> : null}
        </div>
      ))}
    </dl>
  );
}
