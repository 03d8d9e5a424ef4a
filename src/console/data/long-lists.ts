import { type QueryClient, type QueryKey, queryOptions } from '@tanstack/react-query';
import type { Marks } from '../../wire/muster/common.ts';
import type { Device } from '../../wire/muster/devices.ts';
import type { Update } from '../../wire/muster/members.ts';
import { type Reach, reachOf } from '../parts/places.ts';
import type { Api } from '../session/use-session.ts';
import { keys } from './keys.ts';
import type { MemberFilter } from './queries.ts';

/** Rows that a long list gets in one go. */
export const PAGE = 100;

type Page<Row> = { readonly items: readonly Row[]; readonly next: string | null };
type AskedReach = Reach & { readonly limit: number };

/** A list of any length: under which keys its pages and its marks are kept, and how they are read. */
export type LongList<Row> = {
  readonly pages: QueryKey;
  readonly marks: QueryKey;
  readonly readPage: (reach: AskedReach, signal: AbortSignal) => Promise<Page<Row>>;
  readonly readMarks: (signal: AbortSignal) => Promise<Marks>;
};

/** How long a list is, and marks along it. */
export const marksQuery = <Row>({ marks, readMarks }: LongList<Row>) =>
  queryOptions({ queryKey: marks, queryFn: ({ signal }) => readMarks(signal), retry: false });

export const pageKey = <Row>({ pages }: LongList<Row>, place: number): QueryKey => [...pages, place];

/** The rows from a place on; by the marks of the list, so that each place is as near as any other. */
export const placeQuery = <Row>(list: LongList<Row>, place: number) =>
  queryOptions({
    queryKey: pageKey(list, place),
    queryFn: ({ client, signal }) => {
      const known = client.getQueryData<Marks>(list.marks);
      return list.readPage({ ...reachOf(known?.marks ?? [], place), limit: PAGE }, signal);
    },
    retry: false,
  });

/**
 * Begins to read pages that will be shown in a moment, without a wait for their being drawn. What was begun like that and
 * is passed over meanwhile is called off.
 */
export const loadSoon = <Row>(queries: QueryClient, list: LongList<Row>, places: readonly number[]): void => {
  void queries.cancelQueries({
    queryKey: list.pages,
    fetchStatus: 'fetching',
    predicate: (query) =>
      query.getObserversCount() === 0 && places.every((place) => place !== query.queryKey.at(-1)),
  });
  for (const place of places) {
    const state = queries.getQueryState(pageKey(list, place));
    const isNew = state === undefined || (state.status === 'pending' && state.fetchStatus === 'idle');
    if (isNew) void queries.prefetchQuery(placeQuery(list, place));
  }
};

/** The devices that a query means; all where it is empty. */
export const deviceList = ({ client, account }: Api, expression: string): LongList<Device> => {
  const filter = expression === '' ? {} : { where: expression };
  return {
    pages: keys.devicePages(account, expression),
    marks: keys.deviceMarks(account, expression),
    readPage: (reach, signal) => client.listDevices({ query: { ...filter, ...reach }, signal }),
    readMarks: (signal) => client.getDeviceMarks({ query: filter, signal }),
  };
};

/** The devices of a campaign that a filter lets through; `total` is how many there are without one. */
export const memberList = (
  { client, account }: Api,
  campaign: string,
  filter: MemberFilter,
  total: number,
): LongList<Update> => {
  const params = { campaign };
  const isFiltered = Object.keys(filter).length > 0;
  return {
    pages: keys.memberPages(account, campaign, filter),
    marks: isFiltered ? keys.memberMarks(account, campaign, filter) : keys.allMarks(account, campaign, total),
    readPage: (reach, signal) =>
      client.listCampaignDevices({ params, query: { ...filter, ...reach }, signal }),
    readMarks: (signal) => client.getCampaignDeviceMarks({ params, query: filter, signal }),
  };
};
