import type { AccountKey } from '../domain/ids.ts';
import type { Db, Work } from './db.ts';
import { holdDevices, type Replacement, replaceDevices } from './queries/devices.ts';

/** A change that may replace a device, and whose that is. */
type Holding = { readonly account: AccountKey; readonly device: Replacement | null };

/** In one order, so that two transactions seldom wait for each other. */
const byAccount = <One extends Holding>(changes: readonly One[]) =>
  [...Map.groupBy(changes, ({ account }) => account)].sort(([a], [b]) => a - b);

const replacementsIn = (changes: readonly Holding[]): readonly Replacement[] =>
  changes.flatMap(({ device }) => (device === null ? [] : [device]));

/**
 * Those of the changes whose devices are as they were read, and stay so until this transaction ends; of several that
 * replace the same one, the first.
 */
export const stillHeld = async <One extends Holding>(
  db: Db,
  changes: readonly One[],
): Promise<readonly One[]> => {
  const lost = new Set<One>();
  for (const [account, some] of byAccount(changes.filter(({ device }) => device !== null))) {
    const keys = replacementsIn(some).map(({ was }) => was.key);
    const versions = new Map(await holdDevices(db, account, keys));
    for (const change of some) {
      const was = change.device?.was;
      if (was === undefined || versions.get(was.key) !== was.version) lost.add(change);
      else versions.delete(was.key);
    }
  }
  return changes.filter((change) => !lost.has(change));
};

/** Replaces the devices of changes that `stillHeld` gave, with a statement for each account, once what else they say is written. */
export const replacingOf = (db: Db, changes: readonly Holding[]): readonly Work[] =>
  byAccount(changes).map(([account, some]) => {
    const replacements = replacementsIn(some);
    return () => replaceDevices(db, account, replacements);
  });
