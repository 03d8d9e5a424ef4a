import { misfit } from '../domain/package.ts';
import type { Caller } from './caller.ts';
import type { Store } from './ports.ts';
import type { StoredDevice, StoredPackage } from './records.ts';
import { readWhole } from './slice-through.ts';
import type { ThingSpaceCampaign } from './thingspace-campaign.ts';

/** What a campaign is to bring, by its name and versions; empty text was not said. */
export type PackageWanted = Pick<ThingSpaceCampaign, 'kind' | 'name' | 'from' | 'to'>;

/** Devices that decide between packages of the same name and versions. */
const ASKED = 100;

const isWanted = ({ kind, name, from, to }: PackageWanted, pack: StoredPackage): boolean => {
  if ((kind === 'file') !== (pack.kind === 'file') || pack.name !== name) return false;
  if (to !== '' && pack.version !== to) return false;
  return from === '' || pack.fromVersion === '' || pack.fromVersion === from;
};

const fits = (pack: StoredPackage, devices: readonly StoredDevice[]): number =>
  devices.filter((device) => misfit(pack, device, { downgrades: true }) === undefined).length;

/**
 * The package that a request names, or `undefined`. Of several for other makes and models the one that fits the most of
 * the first hundred devices, and of those the latest.
 */
export const resolvePackage = async (
  { store }: { readonly store: Store },
  { account }: Pick<Caller, 'account'>,
  wanted: PackageWanted,
  deviceIds: readonly string[],
): Promise<StoredPackage | undefined> => {
  const filter = { text: wanted.name, kind: null, make: '', model: '' };
  const named = await readWhole((page) => store.packages.list(account.key, filter, page));
  const candidates = named.filter((pack) => isWanted(wanted, pack)).toReversed();
  if (candidates.length < 2) return candidates[0];
  const devices = await store.devices.findMany(account.key, deviceIds.slice(0, ASKED));
  let best = candidates[0];
  for (const pack of candidates) {
    if (best === undefined || fits(pack, devices) > fits(best, devices)) best = pack;
  }
  return best;
};
