import { type LogEntry, logLimits, type StoredUpdate, type UpdateLog } from '../app/records.ts';
import type { CampaignKey, DeviceKey } from '../domain/ids.ts';
import { type Home, placeName } from './memory-state.ts';
import { changed, copy, type Problem, put, take, type Undo } from './memory-table.ts';

const EMPTY: UpdateLog = { total: 0, entries: [] };

type Place = Pick<StoredUpdate, 'campaign' | 'device'>;

export const logOf = (home: Home, campaign: CampaignKey, device: DeviceKey): UpdateLog =>
  home.logs.get(placeName({ campaign, device })) ?? EMPTY;

export const dropLog = (undo: Undo, home: Home, place: Place): void =>
  take(undo, home.logs, placeName(place));

const extended = ({ total, entries }: UpdateLog, entry: LogEntry): UpdateLog => {
  const { at, word, result, code, progress, lines } = entry;
  const n = total + 1;
  const isKept = (entry: { readonly n: number }): boolean =>
    entry.n <= logLimits.first || entry.n > n - logLimits.last;
  return { total: n, entries: [...entries, { n, at, word, result, code, progress, lines }].filter(isKept) };
};

/** Adds to what a device said; its update is the same version of itself. */
export const appendLog = (
  undo: Undo,
  home: Home,
  { campaign, device, entry }: Place & { readonly entry: LogEntry },
): Problem | undefined => {
  const members = home.updates.get(campaign);
  const update = members?.get(device);
  if (members === undefined || update === undefined) return changed;
  const heardAt = Math.max(update.heardAt, entry.at);
  put(undo, members, device, copy({ ...update, heardAt }));
  put(undo, home.logs, placeName(update), copy(extended(logOf(home, campaign, device), entry)));
  return undefined;
};
