import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import { type LongList, loadSoon, marksQuery, PAGE, pageKey, placeQuery } from '../data/long-lists.ts';
import type { Column } from './data-table.tsx';
import { PlaceTable } from './place-table.tsx';
import { Failure, Loading } from './states.tsx';

type LongTableProps<Row> = {
  readonly label: string;
  /** What the rows are, in the middle of a sentence: `the devices`. */
  readonly what: string;
  readonly list: LongList<Row>;
  readonly columns: readonly Column<Row>[];
  readonly idOf: (row: Row) => string;
  /** How many there are, where that is known by other means. */
  readonly total?: number;
  /** In place of a table without rows. */
  readonly none: ReactNode;
};

type Slice<Row> = { readonly items: readonly Row[] };

/** A list of any length, of which what is in sight is read; make it anew for another list. */
export const LongTable = <Row,>({ label, what, list, columns, idOf, total, none }: LongTableProps<Row>) => {
  const queries = useQueryClient();
  const [pages, setPages] = useState<readonly number[]>([0]);
  const marks = useQuery(marksQuery(list));
  const results = useQueries({ queries: pages.map((place) => placeQuery(list, place)) });
  const rowAt = (place: number): Row | undefined => {
    const first = place - (place % PAGE);
    return queries.getQueryData<Slice<Row>>(pageKey(list, first))?.items[place - first];
  };
  // Before the marks have come, the list is as long as its first page.
  const begun = queries.getQueryData<Slice<Row>>(pageKey(list, 0))?.items.length;
  const many = total ?? marks.data?.total ?? begun;
  const failed = [marks, ...results].find(({ error, data }) => error !== null && data === undefined);
  const failure = failed !== undefined && (
    <Failure
      error={failed.error}
      what={failed === marks ? `how many of ${what} there are` : `some of ${what}`}
      onRetry={() => void failed.refetch()}
    />
  );
  const latest = useRef(list);
  latest.current = list;
  const begin = useCallback(
    (places: readonly number[]) => loadSoon(queries, latest.current, places),
    [queries],
  );
  if (many === undefined) return failure || <Loading what={what} />;
  if (many === 0) return none;
  return (
    <>
      {failure}
      <PlaceTable
        label={label}
        columns={columns}
        total={many}
        rowAt={rowAt}
        idOf={idOf}
        page={PAGE}
        onSoon={begin}
        onPages={setPages}
      />
    </>
  );
};
