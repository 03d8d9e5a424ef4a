import type { Store } from '../app/ports.ts';
import type { StoredUpdate, Transfers } from '../app/records.ts';
import type { Write } from '../app/writes.ts';
import type { CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { type Home, placeName, type State } from './memory-state.ts';
import { changed, copy, type Problem, put, type Undo } from './memory-table.ts';

/** Notes when an open update was last handed out; one that is gone or closed is left alone. */
export const noteHanded = (
  undo: Undo,
  home: Home,
  { campaign, device, at }: Extract<Write, { note: 'handed' }>,
): void => {
  const members = home.updates.get(campaign);
  const update = members?.get(device);
  if (members === undefined || update === undefined || update.status === 'closed') return;
  put(undo, members, device, copy({ ...update, handedAt: Math.max(update.handedAt, at) }));
};

/** Replaces what was told of the downloads of an update, which is the same version of itself. */
export const saveTransfers = (
  undo: Undo,
  home: Home,
  { campaign, device, at, value }: Extract<Write, { save: 'transfers' }>,
): Problem | undefined => {
  const members = home.updates.get(campaign);
  const update = members?.get(device);
  if (members === undefined || update === undefined) return changed;
  const { generation, packages } = value;
  put(undo, members, device, copy({ ...update, heardAt: Math.max(update.heardAt, at) }));
  put(undo, home.transfers, placeName(update), copy({ generation, packages }));
  return undefined;
};

export const transfersOf = (home: Home, campaign: CampaignKey, device: DeviceKey): Transfers | undefined =>
  home.transfers.get(placeName({ campaign, device }));

type Due = Awaited<ReturnType<Store['updates']['due']>>;

/** Open updates of running campaigns whose time has come, the longest overdue first. */
export const dueUpdates = (state: State, now: Instant, limit: number): Due => {
  const due: { readonly at: Instant; readonly what: Due[number] }[] = [];
  for (const home of state.homes.values()) {
    for (const { record: campaign } of home.campaigns.entries()) {
      if (campaign.status !== 'running') continue;
      for (const update of home.updates.get(campaign.key)?.values() ?? []) {
        const at = home.dues.get(placeName(update));
        if (at === undefined || at > now || update.status === 'closed') continue;
        due.push({ at, what: { account: home.account, campaign, update } });
      }
    }
  }
  const longest = due.sort(
    (a, b) =>
      a.at - b.at ||
      a.what.account - b.what.account ||
      a.what.campaign.key - b.what.campaign.key ||
      a.what.update.device - b.what.update.device,
  );
  return longest.slice(0, limit).map(({ what }) => what);
};

/** Sets when an update is looked at again, if nobody wrote it since it was read. */
export const postponeUpdate = (
  home: Home,
  was: Pick<StoredUpdate, 'campaign' | 'device' | 'version'>,
  until: Instant | null,
): void => {
  const update = home.updates.get(was.campaign)?.get(was.device);
  if (update === undefined || update.version !== was.version || update.status === 'closed') return;
  if (until === null) home.dues.delete(placeName(was));
  else home.dues.set(placeName(was), until);
};
