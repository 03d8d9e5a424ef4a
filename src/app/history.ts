import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { HOUR, type Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import type { StoredEvent } from './event-records.ts';
import { isEventType } from './event-types.ts';
import type { Page, PageRequest } from './lists.ts';
import { shows, viewOf } from './live-view.ts';
import type { Store } from './ports.ts';

type Deps = { readonly store: Store };

/** What a history is about: a campaign, a device, or one in the other. */
export type HistoryOf = { readonly campaign?: string | undefined; readonly device?: string | undefined };

/** Which events of it. Nothing named is all. */
export type HistoryFilter = {
  readonly types?: readonly string[] | undefined;
  /** In `[from, to)`. */
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
};

/** An event with the ids of what it is about; `null` where it is about none, or where that was deleted since. */
export type TimelineEvent = StoredEvent & {
  readonly campaignId: string | null;
  readonly deviceId: string | null;
};

type Read = (page: { readonly before: number; readonly limit: number }) => Promise<readonly StoredEvent[]>;

/** Events that are read in one go where some are left out. */
const PIECE = 500;
/** So many are looked at for one page, which then ends early. */
const LONGEST_LOOK = 20_000;
/** Events are in the order of commit; clocks of several processes may differ by less than this. */
const ASTRAY = HOUR;

/** Events newest first; `after` of the page is the sequence number to go on below, 0 for the newest. */
export const listHistory = async (
  { store }: Deps,
  caller: Caller,
  of: HistoryOf,
  page: PageRequest,
  filter: HistoryFilter = {},
): Promise<Result<Page<StoredEvent>, Refusal>> => {
  const account = caller.account.key;
  const strange = strangeType(filter);
  if (strange !== undefined) return refused(strange);
  const campaign = of.campaign === undefined ? ok(null) : await getCampaign({ store }, caller, of.campaign);
  if (!campaign.ok) return campaign;
  const device = of.device === undefined ? null : await store.devices.find(account, of.device);
  if (device === undefined) return refused({ code: 'not-found', entity: 'device', id: of.device ?? '' });
  const about = { campaign: campaign.value?.key ?? null, device: device?.key ?? null };
  return ok(await look((given) => store.events.list(account, about, given), isWanted(filter), filter, page));
};

/**
 * One timeline of an account, or of all that happened in a campaign and to its devices, whatever wire it came over, as
 * far as the caller may see it: what is about campaigns with View Campaign, what is about devices with View Device, and
 * the rest with View Audit Logs. A page may have fewer than were asked for, even none, and still have a `next`.
 */
export const listTimeline = async (
  { store }: Deps,
  caller: Caller,
  { campaign, device, ...filter }: HistoryOf & HistoryFilter,
  page: PageRequest,
): Promise<Result<Page<TimelineEvent>, Refusal>> => {
  const account = caller.account.key;
  const view = await viewOf(store, caller, { campaign, device, types: filter.types });
  if (!view.ok) return view;
  const { value } = view;
  const isAuditor =
    caller.permissions.has('View Audit Logs') && campaign === undefined && device === undefined;
  const mayShow = (event: StoredEvent): boolean => isAuditor || shows(value, event);
  const wanted = isWanted(filter);
  // A campaign's own events and those of its devices lie apart: only the whole has them in order.
  const about = { campaign: value.device === null ? null : value.campaign, device: value.device };
  const found = await look(
    (given) => store.events.list(account, about, given),
    (event) => wanted(event) && mayShow(event),
    filter,
    page,
  );
  return ok({ items: await named(store, account, found.items), next: found.next });
};

const strangeType = ({ types = [] }: HistoryFilter): Refusal | undefined => {
  const strange = types.find((type) => !isEventType(type));
  if (strange === undefined) return undefined;
  const expected = 'types of events, such as update-moved';
  return { code: 'invalid', field: 'types', expected, got: JSON.stringify(strange) };
};

const isWanted =
  ({ types = [], from, to }: HistoryFilter) =>
  ({ at, body: { type } }: StoredEvent): boolean =>
    (types.length === 0 || types.includes(type)) &&
    (from === undefined || at >= from) &&
    (to === undefined || at < to);

/** Reads pieces until the page is full, nothing is left, or enough was looked at. */
const look = async (
  read: Read,
  isShown: (event: StoredEvent) => boolean,
  { from = 0 }: HistoryFilter,
  { after, limit }: PageRequest,
): Promise<Page<StoredEvent>> => {
  // Most of what is read is shown, or very little.
  const piece = Math.max(PIECE, limit);
  const items: StoredEvent[] = [];
  let before = after === 0 ? Number.MAX_SAFE_INTEGER : after;
  for (let looked = 0; looked < LONGEST_LOOK; looked += PIECE) {
    const events = await read({ before, limit: piece });
    for (const event of events) {
      before = event.seq;
      if (isShown(event)) items.push(event);
      if (items.length === limit) return { items, next: before > 1 ? before : null };
    }
    const last = events.at(-1);
    if (last === undefined || events.length < piece || last.at < from - ASTRAY) return { items, next: null };
  }
  return { items, next: before > 1 ? before : null };
};

const named = async (
  store: Store,
  account: Caller['account']['key'],
  events: readonly StoredEvent[],
): Promise<readonly TimelineEvent[]> => {
  const campaigns = await idsOf(events, 'campaign', (key) => store.campaigns.get(account, key));
  const devices = await idsOf(events, 'device', (key) => store.devices.get(account, key));
  return events.map((event) => ({
    ...event,
    campaignId: event.campaign === null ? null : (campaigns.get(event.campaign) ?? null),
    deviceId: event.device === null ? null : (devices.get(event.device) ?? null),
  }));
};

const idsOf = async <Name extends 'campaign' | 'device'>(
  events: readonly StoredEvent[],
  name: Name,
  find: (key: NonNullable<StoredEvent[Name]>) => Promise<{ readonly id: string } | undefined>,
): Promise<ReadonlyMap<NonNullable<StoredEvent[Name]>, string>> => {
  const ids = new Map<NonNullable<StoredEvent[Name]>, string>();
  for (const { [name]: key } of events) {
    if (key === null || ids.has(key)) continue;
    const found = await find(key);
    if (found !== undefined) ids.set(key, found.id);
  }
  return ids;
};
