// biome-ignore-all lint/a11y/useSemanticElements: real tables cannot leave out the rows that nobody sees
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are not gone through by key; the links in them are
import { Text } from '@mantine/core';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import styles from './data-table.module.css';

export type Column<Row> = {
  readonly name: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** A track of a CSS grid: `2fr`, `120px`, `minmax(160px, 1fr)`. */
  readonly width: string;
  readonly align?: 'right';
  /** Left out where there is room for little. */
  readonly wide?: true;
};

type DataTableProps<Row> = {
  /** What the table is of, for those who hear it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => string;
  /** Of all rows, loaded or not, where that is known. */
  readonly total?: number | undefined;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly onMore: () => void;
  /** In pixels. */
  readonly rowHeight?: number;
};

/** More rows are asked for when so many are left ahead of what is seen. */
const AHEAD = 60;
const EDGE = 1;

export const tracks = <Row,>(columns: readonly Column<Row>[]): string =>
  columns.map(({ width }) => width).join(' ');

/** Rows of which only those in sight are drawn; the list is read on as somebody scrolls towards its end. */
export const DataTable = <Row,>({
  label,
  columns,
  rows,
  idOf,
  total,
  hasMore,
  isLoadingMore,
  onMore,
  rowHeight = 44,
}: DataTableProps<Row>) => {
  const body = useRef<HTMLDivElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  useLayoutEffect(() => {
    const top = body.current?.getBoundingClientRect().top ?? 0;
    setScrollMargin(Math.round(top + window.scrollY));
  }, []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan: 24,
    scrollMargin,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= rows.length - AHEAD) onMore();
  }, [hasMore, isLoadingMore, last, rows.length, onMore]);
  const columnsNow = {
    '--columns': tracks(columns),
    '--columns-narrow': tracks(columns.filter(({ wide }) => wide !== true)),
    '--row': `${rowHeight}px`,
  };
  return (
    <div
      role="table"
      aria-label={label}
      aria-rowcount={hasMore ? (total ?? -1) : rows.length + EDGE}
      className={styles.table}
      style={columnsNow as React.CSSProperties}
    >
      <div role="rowgroup" className={styles.head}>
        <div role="row" className={styles.row} aria-rowindex={1}>
          {columns.map(({ name, header, align, wide }) => (
            <div key={name} role="columnheader" className={styles.header} data-align={align} data-wide={wide}>
              {header}
            </div>
          ))}
        </div>
      </div>
      <div ref={body} role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          return row === undefined ? null : (
            <div
              key={idOf(row)}
              role="row"
              aria-rowindex={index + 1 + EDGE}
              className={styles.row}
              style={{ transform: `translateY(${start - scrollMargin}px)` }}
            >
              {columns.map(({ name, cell, align, wide }) => (
                <div key={name} role="cell" className={styles.cell} data-align={align} data-wide={wide}>
                  {cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {isLoadingMore && (
        <Text size="sm" c="dimmed" className={styles.more} role="status">
          Loading more…
        </Text>
      )}
    </div>
  );
};
