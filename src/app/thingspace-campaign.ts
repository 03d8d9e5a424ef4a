import type { Protocol } from '../domain/device.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Store } from './ports.ts';
import type { StoredCampaign, StoredDocument, WireDocument } from './records.ts';
import type { Write } from './writes.ts';

/** The setting of a plan that says over which version of the ThingSpace API it was made. */
export const THINGSPACE_VERSION = 'thingspace.version';

/** What the ThingSpace wire means by a protocol, in one word for all of its spellings. */
export type Transport = 'http' | 'lwm2m' | 'oma-dm';

/** The protocols of devices that a transport reaches. */
export const carriedBy: Readonly<Record<Transport, readonly Protocol[]>> = {
  http: ['ddi', 'gateway'],
  lwm2m: ['lwm2m'],
  'oma-dm': ['oma-dm'],
};

/** Hours of every day in UTC, `[startTime, endTime)`; 0 to 24. */
export type DailyHours = { readonly startTime: number; readonly endTime: number };

/** Days as `YYYY-MM-DD`, in UTC; `null` where none was given. */
export type ThingSpaceDates = {
  readonly startDate: string;
  readonly endDate: string;
  readonly downloadAfterDate: string | null;
  readonly downloadWindows: readonly DailyHours[];
  readonly installAfterDate: string | null;
  readonly installWindows: readonly DailyHours[];
};

/** What only the ThingSpace wire knows of a campaign, kept in a document with the campaign's id. */
export type ThingSpaceCampaign = ThingSpaceDates & {
  readonly api: 'v1' | 'v2' | 'v3';
  readonly kind: 'firmware' | 'software' | 'file';
  readonly campaignName: string;
  /** Of the firmware, the software or the file. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** The distribution type or protocol as it was asked for; empty in v1. */
  readonly asked: string;
  /** `null` takes devices of any protocol. */
  readonly transport: Transport | null;
  readonly make: string;
  readonly model: string;
  readonly autoAssignLicense: boolean;
  readonly autoAddDevices: boolean;
};

const CAMPAIGN = 'thingspace/campaign';
const REQUEST = 'thingspace/request';
const UNKNOWN = 'thingspace/unknown';

/** Ids of devices in each document of a request: a job reads one for each of its pieces. */
const IDS_EACH = 5_000;

/** Campaigns fail with this when their checks leave nobody. */
export const NOBODY_ELIGIBLE = 'no device is eligible';

type Made = Pick<WireDocument, 'createdBy' | 'createdAt'>;

/** The write of a campaign's document, in place of one that was read. */
export const saveFacts = (
  id: string,
  facts: ThingSpaceCampaign,
  made: Made,
  was?: StoredDocument,
): Write => ({
  save: 'document',
  ...(was && { was }),
  value: { ...made, kind: CAMPAIGN, id, name: '', body: facts },
});

/** A campaign of this wire: what it knows of it, with the document it is kept in. */
export type Known = { readonly facts: ThingSpaceCampaign; readonly document: StoredDocument };

/** What this wire knows of a campaign; `undefined` when it was not made over it. */
export const factsOf = async (
  store: Store,
  account: AccountKey,
  campaignId: string,
): Promise<Known | undefined> => {
  const document = await store.documents.find(account, CAMPAIGN, campaignId);
  // Nobody but `saveFacts` writes documents of this kind.
  return document && { facts: document.body as ThingSpaceCampaign, document };
};

const requestId = (id: string, index: number): string => (index === 0 ? id : `${id}.${index}`);

/** The writes that keep the devices of a request until they were looked at, and for whoever looks for it later. */
export const saveRequest = (
  id: string,
  campaignId: string,
  change: { readonly type: 'append' | 'remove'; readonly deviceIds: readonly string[] },
  made: Made,
): readonly Write[] => {
  const { type, deviceIds } = change;
  const documents = Math.max(1, Math.ceil(deviceIds.length / IDS_EACH));
  return Array.from({ length: documents }, (_, index): Write => {
    const ids = deviceIds.slice(index * IDS_EACH, (index + 1) * IDS_EACH);
    const body = { campaignId, type, total: deviceIds.length, deviceIds: ids };
    return {
      save: 'document',
      value: { ...made, kind: REQUEST, id: requestId(id, index), name: '', body },
    };
  });
};

type Request = {
  readonly type: 'append' | 'remove';
  readonly total: number;
  readonly deviceIds: readonly string[];
};

/** So many devices of a request from a place on, at most `limit`; `total` counts all of them. */
export const devicesAsked = async (
  store: Store,
  account: AccountKey,
  id: string,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<Request> => {
  const index = Math.floor(from / IDS_EACH);
  const document = await store.documents.find(account, REQUEST, requestId(id, index));
  if (document === undefined) return { type: 'append', total: 0, deviceIds: [] };
  // Nobody but `saveRequest` writes documents of this kind.
  const { type, total, deviceIds } = document.body as Request;
  const begin = from - index * IDS_EACH;
  return { type, total, deviceIds: deviceIds.slice(begin, begin + limit) };
};

const documentsOfRequest = async (
  store: Store,
  account: AccountKey,
  id: string,
): Promise<readonly (StoredDocument | undefined)[]> => {
  const { total } = await devicesAsked(store, account, id, { from: 0, limit: 0 });
  const documents = Math.max(1, Math.ceil(total / IDS_EACH));
  return Promise.all(
    Array.from({ length: documents }, (_, index) =>
      store.documents.find(account, REQUEST, requestId(id, index)),
    ),
  );
};

/** The writes that drop whatever this wire keeps of a campaign; none for one that was not made over it. */
export const dropFacts = async (
  store: Store,
  account: AccountKey,
  campaign: Pick<StoredCampaign, 'id' | 'key'>,
): Promise<readonly Write[]> => {
  const known = await factsOf(store, account, campaign.id);
  if (known === undefined) return [];
  const jobs = await store.jobs.ofCampaign(account, campaign.key);
  // Each request is in one change with the job that looks at it.
  const requests = jobs.flatMap(({ work }) =>
    work.type === 'admit' && work.request !== null ? [work.request] : [],
  );
  const asked: (readonly (StoredDocument | undefined)[])[] = [];
  for (const id of requests) asked.push(await documentsOfRequest(store, account, id));
  const unknown = await store.documents.find(account, UNKNOWN, campaign.id);
  return [known.document, unknown, ...asked.flat()].flatMap((was): readonly Write[] =>
    was === undefined ? [] : [{ drop: 'document', was }],
  );
};

type UnknownIds = { readonly document?: StoredDocument; readonly ids: readonly string[] };

const unknownOf = async (store: Store, account: AccountKey, campaignId: string): Promise<UnknownIds> => {
  const document = await store.documents.find(account, UNKNOWN, campaignId);
  // Nobody but `changeUnknown` writes documents of this kind.
  return document === undefined
    ? { ids: [] }
    : { document, ids: (document.body as { readonly ids: readonly string[] }).ids };
};

/** The ids that were asked for in a campaign and that no device has, ascending by code point. */
export const unknownIds = async (
  store: Store,
  account: AccountKey,
  campaignId: string,
): Promise<readonly string[]> => (await unknownOf(store, account, campaignId)).ids;

/** The writes that add ids to those nobody has, and take others away. */
export const changeUnknown = async (
  store: Store,
  account: AccountKey,
  campaign: Pick<StoredCampaign, 'id'>,
  { add = [], drop = [] }: { readonly add?: readonly string[]; readonly drop?: readonly string[] },
  made: Made,
): Promise<readonly Write[]> => {
  if (add.length === 0 && drop.length === 0) return [];
  const { document, ids } = await unknownOf(store, account, campaign.id);
  const gone = new Set(drop);
  const next = [...new Set([...ids, ...add])].filter((id) => !gone.has(id)).sort(byCodePoint);
  if (next.length === ids.length && next.every((id, index) => id === ids[index])) return [];
  const value = { ...made, kind: UNKNOWN, id: campaign.id, name: '', body: { ids: next } };
  return [{ save: 'document', ...(document && { was: document }), value }];
};

/** The order of ids in every list of this wire: texts of ASCII, in which code units are code points. */
export const byCodePoint = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
