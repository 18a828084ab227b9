/**
 * A table of rows: numbers at the right, head that stays, caption, scrolling sideways only inside itself.
 *
 * <DataTable caption="Quarantine" rows={rows} rowKey={(row) => row.id} columns={[
 *   { key: 'reason', title: 'Reason', render: (row) => row.reason },
 *   { key: 'rows', title: 'Rows', numeric: true, render: (row) => row.text }]} />
 */
import { Table, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './DataTable.module.css';

export interface Column<T> {
  key: string;
  title: ReactNode;
  render: (row: T) => ReactNode;
  numeric?: boolean;
  /** Of the column, such as `12rem`. */
  width?: string;
}

interface DataTableProps<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** The caption is always heard; `true` shows it too. */
  showCaption?: boolean;
  /** Scrolls below this height, such as `60vh`, with the head in sight. */
  maxHeight?: string;
  /** Below this width it scrolls sideways. */
  minWidth?: number;
  /** Stands instead of rows where there are none. */
  empty?: ReactNode;
}

export function DataTable<T>(props: DataTableProps<T>) {
  const { caption, columns, rows, rowKey, showCaption = false, maxHeight, minWidth = 480, empty } = props;
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  return (
    // Reachable by key, so that it can be scrolled without a mouse.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div role="region" aria-label={caption} tabIndex={0} className={classes.region} style={{ maxHeight }}>
      <Table stickyHeader={maxHeight !== undefined} verticalSpacing="sm" miw={minWidth} captionSide="top" highlightOnHover>
        <Table.Caption className={showCaption ? classes.caption : classes.unseen}>
          {showCaption ? caption : <VisuallyHidden>{caption}</VisuallyHidden>}
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ key, title, numeric, width }) => (
              <Table.Th key={key} scope="col" ta={numeric ? 'right' : undefined} w={width} className={classes.head}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)}>
              {columns.map(({ key, render, numeric }) => (
                <Table.Td key={key} ta={numeric ? 'right' : undefined} data-numbers={numeric ?? undefined}>
                  {render(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
