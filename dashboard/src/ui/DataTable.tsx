import { tableFeatures, rowSortingFeature, useTable, type ColumnDef } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef, type ReactNode } from 'react';

import { Skeleton } from './basics';

export interface Column {
  readonly id: string;
  readonly header: string;
  /** The value of the list's order field, where it can be ordered by this column. */
  readonly order?: string;
  /** Which way it is ordered first: newest and largest first, unless it is of names. */
  readonly first?: 'ASC';
  readonly align?: 'end';
}

export interface Order {
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
}

interface Props<Row> {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** What a row shows in each column. It is a hook: a row reads its own fragment, and is drawn again by itself. */
  readonly useCells: (row: Row) => Record<string, ReactNode>;
  readonly order?: Order | null;
  readonly onOrder?: (order: Order) => void;
  /** How many there are, loaded or not. */
  readonly total?: number | undefined;
  readonly loadMore?: (() => void) | undefined;
  /** The first row that is in view. */
  readonly onFirstRow?: (index: number) => void;
}

const features = tableFeatures({ rowSortingFeature });
const ROW_HEIGHT = 44;

/** A table of which only the rows in view are in the page, so that ten thousand of them are no more work than fifty. */
export function DataTable<Row extends object>({ label, columns, rows, keyOf, useCells, order, onOrder, total, loadMore, onFirstRow }: Props<Row>) {
  const scroll = useRef<HTMLDivElement>(null);
  const definitions = useMemo(
    () => columns.map(({ id, header, order: field }) => ({ id, header, enableSorting: field !== undefined })) as ColumnDef<typeof features, Row>[],
    [columns],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows as Row[],
    getRowId: keyOf,
    manualSorting: true,
    state: { sorting: order ? [{ id: columns.find((column) => column.order === order.field)?.id ?? '', desc: order.direction === 'DESC' }] : [] },
  });
  const { rows: tableRows } = table.getRowModel();
  const virtual = useVirtualizer({
    count: tableRows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => tableRows[index]!.id,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  // The first of which nothing is above the edge.
  const first = items.find((item) => item.start >= (virtual.scrollOffset ?? 0))?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (loadMore && last >= rows.length - 10) loadMore();
  }, [last, rows.length, loadMore]);
  useEffect(() => onFirstRow?.(first), [first, onFirstRow]);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);

  return (
    <div className="table-frame" ref={scroll} tabIndex={0} role="region" aria-label={label}>
      <table aria-rowcount={total === undefined ? undefined : total + 1}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} aria-rowindex={1}>
              {group.headers.map(({ id, column }) => {
                const { header, order: field, first, align } = columns.find((one) => one.id === id)!;
                const sorted = column.getIsSorted();
                return (
                  <th key={id} scope="col" className={align} aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : undefined}>
                    {field && onOrder ? (
                      <button type="button" onClick={() => onOrder({ field, direction: sorted === 'desc' ? 'ASC' : sorted === 'asc' ? 'DESC' : (first ?? 'DESC') })}>
                        {header}
                        <span aria-hidden="true">{sorted === 'asc' ? ' ▲' : sorted === 'desc' ? ' ▼' : ' ↕'}</span>
                      </button>
                    ) : (
                      header
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {before > 0 && <Space height={before} columns={columns.length} />}
          {items.map(({ index, key }) => (
            <TableRow
              key={key}
              row={tableRows[index]!.original as Row}
              index={index}
              columns={columns}
              useCells={useCells}
              measure={virtual.measureElement}
            />
          ))}
          {after > 0 && <Space height={after} columns={columns.length} />}
        </tbody>
      </table>
      {loadMore && <Skeleton lines={2} label="Loading more rows" />}
    </div>
  );
}

/** Stands for the rows that are out of view. */
function Space({ height, columns }: { height: number; columns: number }) {
  return (
    <tr aria-hidden="true" className="space">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

interface RowProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column[];
  readonly useCells: (row: Row) => Record<string, ReactNode>;
  readonly measure: (element: HTMLElement | null) => void;
}

/** Drawn again only when its row changes, not with each that comes into view. */
const TableRow = memo(function TableRow<Row>({ row, index, columns, useCells, measure }: RowProps<Row>) {
  const cells = useCells(row);
  return (
    <tr ref={measure} data-index={index} aria-rowindex={index + 2}>
      {columns.map(({ id, header, align }) => (
        <td key={id} className={align} data-label={header}>
          {cells[id]}
        </td>
      ))}
    </tr>
  );
}) as <Row>(props: RowProps<Row>) => ReactNode;
