import { type Position, positions } from '../domain/position.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import type { StoredEvent } from './event-records.ts';
import type { Store } from './ports.ts';
import type { ListedUpdate, StoredCampaign, Transfers } from './records.ts';

type Deps = { readonly store: Pick<Store, 'campaigns' | 'updates' | 'events'> };

/** What became of one device in a campaign. */
export type ReportRow = {
  readonly device: string;
  readonly status: 'open' | 'closed';
  readonly position: Position;
  /** Empty while it is open; so are reason and message. */
  readonly outcome: string;
  readonly reason: string;
  readonly message: string;
  /** Tries in the present journey, and which journey it is. */
  readonly attempts: number;
  readonly journeys: number;
  /** When it last came to each position, in its present journey and as far as the history goes back. */
  readonly times: Readonly<Partial<Record<Position | 'closed', Instant>>>;
  /** Bytes that the device told it has fetched, of how many; `null` where it told nothing. */
  readonly bytes: { readonly done: number; readonly of: number } | null;
  readonly packages: readonly string[];
};

/** The campaign was deleted while its report was made: what was told so far is not all of it. */
export class CampaignGone extends Error {
  constructor(id: string) {
    super(`the campaign ${id} was deleted while its report was made`);
  }
}

/** Devices that are read in one go. */
const PIECE = 200;

const NO_FILTER = { positions: [], outcomes: [], open: null };

/** What the times of a report are, in the order in which a device comes to them. */
export const reportTimes: readonly (Position | 'closed')[] = [...positions, 'closed'];

type Times = Partial<Record<Position | 'closed', Instant>>;

/** What a closed update began again with is another journey. */
const timesOf = (update: ListedUpdate, events: readonly StoredEvent[]): Times => {
  let times: Times = {};
  for (const { at, body } of events) {
    if (times.closed !== undefined) times = {};
    if (body.type === 'update-added') times.pending = at;
    if (body.type === 'update-moved' || body.type === 'update-retried') times[body.to] = at;
    if (body.type === 'update-closed') times.closed = at;
  }
  if (update.status === 'closed') return { ...times, closed: update.since };
  // It began again, and nothing has happened since.
  const known = times.closed === undefined ? times : {};
  return { ...known, [update.position]: update.since };
};

const bytesOf = ({ generation }: ListedUpdate, told: Transfers | undefined): ReportRow['bytes'] => {
  if (told?.generation !== generation) return null;
  return told.packages.reduce((sum, { done, of }) => ({ done: sum.done + done, of: sum.of + of }), {
    done: 0,
    of: 0,
  });
};

const rowOf = (
  { plan }: StoredCampaign,
  update: ListedUpdate,
  events: readonly StoredEvent[],
  told: Transfers | undefined,
): ReportRow => ({
  device: update.deviceId,
  status: update.status,
  position: update.position,
  ...(update.status === 'closed'
    ? { outcome: update.outcome, reason: update.reason, message: update.message }
    : { outcome: '', reason: '', message: '' }),
  attempts: update.attempt,
  journeys: update.generation,
  times: timesOf(update, events),
  bytes: bytesOf(update, told),
  packages: update.packages ?? plan.packages,
});

async function* rowsOf({ store }: Deps, caller: Caller, campaign: StoredCampaign): AsyncGenerator<ReportRow> {
  const account = caller.account.key;
  let after: number | null = 0;
  while (after !== null) {
    const page: Awaited<ReturnType<Store['updates']['list']>> = await store.updates.list(
      account,
      campaign.key,
      NO_FILTER,
      { after, limit: PIECE },
    );
    const devices = page.items.map(({ device }) => device);
    const events = Map.groupBy(await store.events.ofDevices(account, campaign.key, devices), (e) => e.device);
    const told = await store.updates.transfersOf(account, campaign.key, devices);
    // What is deleted has no devices any more, and would look like a campaign that ends here.
    if ((await store.campaigns.get(account, campaign.key)) === undefined) throw new CampaignGone(campaign.id);
    for (const update of page.items) {
      yield rowOf(campaign, update, events.get(update.device) ?? [], told.get(update.device));
    }
    after = page.next;
  }
}

/**
 * What became of every device of a campaign, in the order in which devices were made known: a piece at a time, each as
 * it is when it is read. Whoever joins or leaves meanwhile may be in it or not, and nobody is in it twice. Throws
 * `CampaignGone` once the campaign is deleted.
 */
export const reportCampaign = async (
  deps: Deps & { readonly store: Store },
  caller: Caller,
  id: string,
): Promise<Result<AsyncGenerator<ReportRow>, Refusal>> => {
  const campaign = await getCampaign(deps, caller, id);
  return campaign.ok ? ok(rowsOf(deps, caller, campaign.value)) : campaign;
};
