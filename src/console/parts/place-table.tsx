// biome-ignore-all lint/a11y/useSemanticElements: real tables cannot leave out the rows that nobody sees
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are not gone through by key; the links in them are
import { memo, useCallback, useEffect, useMemo, useRef } from 'react';
import styles from './data-table.module.css';
import { type Column, tracks } from './data-table.tsx';
import { pagesOf } from './places.ts';
import { usePlaces } from './use-places.ts';

type PlaceTableProps<Row> = {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Of all rows, loaded or not. */
  readonly total: number;
  /** The row at a place, if it has been loaded. */
  readonly rowAt: (place: number) => Row | undefined;
  readonly idOf: (row: Row) => string;
  /** Rows of a page. */
  readonly page: number;
  /** Is told which pages will be seen, by the place of their first row: at once, before anything is drawn. */
  readonly onSoon: (pages: readonly number[]) => void;
  /** Is told which pages are to be loaded, and kept up to date. */
  readonly onPages: (pages: readonly number[]) => void;
  readonly rowHeight?: number;
};

/** Rows drawn beyond both ends of what is seen. */
const OVER = 12;

type LineProps<Row> = {
  readonly row: Row | undefined;
  readonly columns: readonly Column<Row>[];
  readonly place: number;
  /** In pixels from the top of the body. */
  readonly top: number;
};

/** One that is not there yet costs next to nothing to draw: after a jump the request waits for nobody's drawing. */
const BareLine = <Row,>({ row, columns, place, top }: LineProps<Row>) => (
  <div
    role="row"
    aria-rowindex={place + 2}
    aria-busy={row === undefined || undefined}
    data-blank={row === undefined || undefined}
    className={styles.row}
    style={{ transform: `translateY(${top}px)` }}
  >
    {row === undefined ? (
      <div role="cell" aria-colspan={columns.length} className={styles.blank} />
    ) : (
      columns.map(({ name, cell, align, wide }) => (
        <div key={name} role="cell" className={styles.cell} data-align={align} data-wide={wide}>
          {cell(row)}
        </div>
      ))
    )}
  </div>
);

/** Drawn again only where something of it is another: a step of the scrolling leaves most lines as they are. */
const Line = memo(BareLine) as typeof BareLine;

/** A table of any length, of which any place can be gone to at once. */
export const PlaceTable = <Row,>({
  label,
  columns,
  total,
  rowAt,
  idOf,
  page,
  onSoon,
  onPages,
  rowHeight = 44,
}: PlaceTableProps<Row>) => {
  const body = useRef<HTMLDivElement>(null);
  const soon = useCallback(
    (rows: { readonly from: number; readonly to: number }) => onSoon(pagesOf(rows.from, rows.to, page)),
    [onSoon, page],
  );
  const { height, place, from, to, wanted, ahead } = usePlaces(body, total, rowHeight, soon);
  const inSight = useMemo(() => pagesOf(wanted.from, wanted.to, page), [wanted.from, wanted.to, page]);
  // What is next waits for what is seen: the server does one after the other.
  const isFilled = inSight.every((one) => rowAt(one) !== undefined);
  const pages = isFilled ? pagesOf(ahead.from, ahead.to, page) : inSight;
  const named = pages.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same pages are not told twice
  useEffect(() => onPages(pages), [named, onPages]);
  // After a jump nothing is drawn that nobody sees: what is seen has to come first.
  const drawn = isFilled ? OVER : 0;
  const first = Math.max(0, from - drawn);
  const places = Array.from(
    { length: Math.max(0, Math.min(total, to + drawn) - first) },
    (_, n) => first + n,
  );
  const columnsNow = {
    '--columns': tracks(columns),
    '--columns-narrow': tracks(columns.filter(({ wide }) => wide !== true)),
    '--row': `${rowHeight}px`,
  };
  return (
    <div
      role="table"
      aria-label={label}
      aria-rowcount={total + 1}
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
      <div ref={body} role="rowgroup" className={styles.body} style={{ height }}>
        {places.map((n) => {
          const row = rowAt(n);
          return (
            <Line
              key={row === undefined ? n : idOf(row)}
              row={row}
              columns={columns}
              place={n}
              top={place.top + n * rowHeight - place.offset}
            />
          );
        })}
      </div>
    </div>
  );
};
