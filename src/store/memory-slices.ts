import type { IdPage, IdPageRequest, Marks, Slice, Sliced } from '../app/lists.ts';
import type { Store } from '../app/ports.ts';
import type { StoredCampaign } from '../app/records.ts';
import type { CampaignStatus } from '../domain/campaign.ts';
import { type Expression, matches } from '../domain/targeting.ts';
import { compareText } from '../domain/version.ts';
import { listed, showsCampaign, showsPackage, showsUpdate } from './memory-queries.ts';
import { type Home, updatesOf } from './memory-state.ts';
import type { Entry } from './memory-table.ts';

/** As the engines compare texts: folded, byte by byte. */
const compare = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a.toLowerCase()), Buffer.from(b.toLowerCase()));

/** A page by its place out of entries that are in the order of their keys. */
export const sliceOf = <Record>(
  entries: readonly Entry<Record>[],
  nameOf: (record: Record) => string,
  { skip, limit, by, descending, after = 0 }: Slice,
): Sliced<Record> => {
  const rest = entries.filter(({ key }) => key > after);
  const ordered = by === 'created' ? rest : rest.toSorted(byName(nameOf));
  if (descending) ordered.reverse();
  return {
    items: ordered.slice(skip, skip + limit).map(({ record }) => record),
    total: entries.length,
  };
};

const byName =
  <Record>(nameOf: (record: Record) => string) =>
  (a: Entry<Record>, b: Entry<Record>): number =>
    compare(nameOf(a.record), nameOf(b.record)) || a.key - b.key;

type Rest<Method> = Method extends (account: never, ...rest: infer Given) => unknown ? Given : never;

const devicesThat = (home: Home, where: Expression) =>
  home.devices.entries().filter(({ record }) => matches(where, record));

export const sliceDevices = (
  home: Home,
  ...[where, slice]: Rest<Store['devices']['slice']>
): Awaited<ReturnType<Store['devices']['slice']>> =>
  sliceOf(devicesThat(home, where), ({ name }) => name, slice);

/** A mark at every other item: as good as any. */
const marksOf = (entries: readonly { readonly key: number }[]): Marks => ({
  total: entries.length,
  marks: entries.flatMap(({ key }, place) => (place % 2 === 0 ? [{ place, after: key - 1 }] : [])),
});

export const markDevices = (home: Home, where: Expression): Marks => marksOf(devicesThat(home, where));

/** A page of records in the order of ids, by code point. */
const pageById = <Record>(
  records: readonly Record[],
  idOf: (record: Record) => string,
  { after, limit }: IdPageRequest,
): IdPage<Record> => {
  const rest = records.filter((record) => compareText(idOf(record), after) > 0);
  const ordered = rest.toSorted((a, b) => compareText(idOf(a), idOf(b)));
  return { items: ordered.slice(0, limit), more: ordered.length > limit };
};

export const devicesById = (
  home: Home,
  ...[where, page]: Rest<Store['devices']['byId']>
): Awaited<ReturnType<Store['devices']['byId']>> => {
  const devices = home.devices.entries().map(({ record }) => record);
  return pageById(
    devices.filter((device) => matches(where, device)),
    ({ id }) => id,
    page,
  );
};

export const updatesByDevice = (
  home: Home,
  ...[campaign, page]: Rest<Store['updates']['byDevice']>
): Awaited<ReturnType<Store['updates']['byDevice']>> =>
  pageById(
    updatesOf(home, campaign).map((update) => listed(home, update)),
    ({ deviceId }) => deviceId,
    page,
  );

export const slicePackages = (
  home: Home,
  ...[filter, slice]: Rest<Store['packages']['slice']>
): Awaited<ReturnType<Store['packages']['slice']>> =>
  sliceOf(home.packages.entries().filter(showsPackage(filter)), ({ name }) => name, slice);

export const sliceCampaigns = (
  home: Home,
  ...[filter, slice]: Rest<Store['campaigns']['slice']>
): Sliced<StoredCampaign> =>
  sliceOf(home.campaigns.entries().filter(showsCampaign(filter)), ({ plan }) => plan.name, slice);

const updatesThat = (home: Home, ...[campaign, filter]: Rest<Store['updates']['marks']>) =>
  updatesOf(home, campaign).filter(showsUpdate(filter));

export const sliceUpdates = (
  home: Home,
  ...[campaign, filter, slice]: Rest<Store['updates']['slice']>
): Awaited<ReturnType<Store['updates']['slice']>> => {
  const entries = updatesThat(home, campaign, filter).map((update) => ({
    key: update.device,
    record: listed(home, update),
  }));
  return sliceOf(entries, ({ deviceId }) => deviceId, slice);
};

export const markUpdates = (home: Home, ...which: Rest<Store['updates']['marks']>): Marks =>
  marksOf(updatesThat(home, ...which).map(({ device }) => ({ key: device })));

export const countByStatus = ({ campaigns }: Home): Readonly<Partial<Record<CampaignStatus, number>>> => {
  const counts: Partial<Record<CampaignStatus, number>> = {};
  for (const { record } of campaigns.entries()) counts[record.status] = (counts[record.status] ?? 0) + 1;
  return counts;
};
