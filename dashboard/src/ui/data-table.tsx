// A sortable table for any rows: TanStack Table decides the order, this draws it. Knows nothing of what the rows mean.
import { Skeleton } from '@mantine/core';
import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  type SortFn,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { Fragment, type MouseEvent, type ReactNode, useEffect, useMemo } from 'react';
import { Icon } from './icons.tsx';
import './table.css';

type Sortable = string | number | bigint | null;

export interface Column<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** What is sorted by, null last; columns without it cannot be sorted. */
  sortBy?: (row: Row) => Sortable;
  align?: 'end';
  /** Left out on narrow screens. */
  wideOnly?: boolean;
  /** Explains the column on hover. */
  hint?: string;
}

export interface DataTableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  initialSort?: { id: string; desc: boolean };
  loading?: boolean;
  footer?: ReactNode;
  onRowClick?: (row: Row) => void;
  /** Told the rows in the order that they are shown in. */
  onOrder?: (rows: readonly Row[]) => void;
  /** On narrow screens, a line below each row: what the columns left out there would have said. */
  narrowLine?: (row: Row) => ReactNode;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
type Features = typeof features;

export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { columns, rows, rowKey, initialSort, onRowClick, onOrder, narrowLine } = props;
  const definitions = useMemo(() => columns.map(toDefinition), [columns]);
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable<Features, Row>({
    features,
    columns: definitions,
    data,
    getRowId: rowKey,
    initialState: { sorting: initialSort === undefined ? [] : [initialSort] },
  });
  const shown = table.getRowModel().rows;
  useEffect(() => onOrder?.(shown.map(({ original }) => original)), [shown, onOrder]);
  return (
    <div className="tg-table-scroll">
      <table className="tg-table" aria-busy={props.loading}>
        <caption className="tg-visually-hidden">{props.caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell
                key={column.id}
                column={column}
                sorted={table.getColumn(column.id)?.getIsSorted() ?? false}
                onSort={() => table.getColumn(column.id)?.toggleSorting()}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {props.loading && rows.length === 0 ? (
            <SkeletonRows columns={columns.length} />
          ) : (
            shown.map(({ id, original }) => (
              <Fragment key={id}>
                <BodyRow row={original} columns={columns} onRowClick={onRowClick} />
                {narrowLine !== undefined && (
                  <tr className="tg-narrow-line">
                    <td colSpan={columns.length}>{narrowLine(original)}</td>
                  </tr>
                )}
              </Fragment>
            ))
          )}
        </tbody>
        {props.footer !== undefined && <tfoot>{props.footer}</tfoot>}
      </table>
    </div>
  );
}

interface BodyRowProps<Row> {
  row: Row;
  columns: readonly Column<Row>[];
  onRowClick: ((row: Row) => void) | undefined;
}

/** A click anywhere on the row is a shortcut for the pointer; the link or button inside serves the keyboard. */
function BodyRow<Row>({ row, columns, onRowClick }: BodyRowProps<Row>) {
  const click = (event: MouseEvent) => {
    const onControl = event.target instanceof Element && event.target.closest('a,button') !== null;
    if (!onControl) onRowClick?.(row);
  };
  return (
    <tr {...(onRowClick === undefined ? {} : { onClick: click, 'data-clickable': true })}>
      {columns.map(({ id, align, wideOnly, cell }) => (
        <td key={id} data-align={align} data-wide-only={wideOnly || undefined}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}

function HeaderCell<Row>(props: { column: Column<Row>; sorted: false | 'asc' | 'desc'; onSort: () => void }) {
  const { header, align, wideOnly, hint, sortBy } = props.column;
  const direction = props.sorted === 'asc' ? 'ascending' : 'descending';
  return (
    <th
      scope="col"
      data-align={align}
      data-wide-only={wideOnly || undefined}
      title={hint}
      aria-sort={props.sorted === false ? undefined : direction}
    >
      {sortBy === undefined ? (
        header
      ) : (
        <button type="button" className="tg-sort" data-sorted={props.sorted} onClick={props.onSort}>
          {header}
          <Icon name="up" size={12} />
        </button>
      )}
    </th>
  );
}

function SkeletonRows({ columns }: { columns: number }) {
  return ['92%', '84%', '88%', '76%', '80%'].map((width) => (
    <tr key={width}>
      <td colSpan={columns}>
        <Skeleton height={12} my={5} width={width} />
      </td>
    </tr>
  ));
}

function toDefinition<Row extends object>(column: Column<Row>): ColumnDef<Features, Row> {
  const { id, header, sortBy } = column;
  return {
    id,
    header,
    accessorFn: (row: Row) => sortBy?.(row) ?? null,
    enableSorting: sortBy !== undefined,
    sortFn: bySortable as SortFn<Features, Row>,
    sortDescFirst: column.align === 'end',
  };
}

interface Sorted {
  getValue(columnId: string): unknown;
}

function bySortable(one: Sorted, two: Sorted, columnId: string): number {
  const a = one.getValue(columnId) as Sortable;
  const b = two.getValue(columnId) as Sortable;
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b);
  return a < b ? -1 : 1;
}
