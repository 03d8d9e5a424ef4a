import type { StoredUpdate } from '../app/records.ts';
import { createShelf } from '../app/shelf.ts';
import type { Change } from '../app/writes.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Epochs } from './epochs.ts';
import type { Settled } from './group.ts';
import { nameOf } from './queries/logs.ts';
import { type Report, reportOf } from './report.ts';

type Kept = { readonly update: StoredUpdate; readonly since: number };
type Read = () => Promise<StoredUpdate | undefined>;

/** Some 15 MB: as many as install at the same time behind one process. */
const MOST = 32_768;

export type UpdateMemory = {
  /** The update as it is known to be, else as it is read. */
  readonly find: (
    account: AccountKey,
    campaign: CampaignKey,
    device: DeviceKey,
    read: Read,
  ) => Promise<StoredUpdate | undefined>;
  /**
   * To be asked when a group was committed, before the epochs are told of it. What it gives is to be called after that:
   * it keeps the updates as the reports of the group have left them.
   */
  readonly carry: (changes: readonly Change[], settled: readonly Settled[]) => () => void;
};

/**
 * Open updates as they were read or written last, while nothing else of their device, its account or its campaigns was
 * written since: a device that installs reports again and again.
 */
export const rememberUpdates = (contacts: Epochs['contacts'], most = MOST): UpdateMemory => {
  const shelf = createShelf<Kept>(most);

  const freshAt = (name: string, account: AccountKey, device: DeviceKey): StoredUpdate | undefined => {
    const kept = shelf.get(name);
    return kept !== undefined && contacts.of(account, device) <= kept.since ? kept.update : undefined;
  };

  const keep = (name: string, update: StoredUpdate | undefined, since: number | undefined): void => {
    if (update?.status === 'open' && since !== undefined) shelf.put(name, { update, since });
    else shelf.drop(name);
  };

  return {
    find: async (account, campaign, device, read) => {
      const name = nameOf({ account, campaign, device });
      const known = freshAt(name, account, device);
      if (known !== undefined) return known;
      const since = contacts.now();
      const update = await read();
      keep(name, update, since);
      return update;
    },
    carry: (changes, settled) => {
      const left = new Map<string, StoredUpdate | undefined>();
      for (const [index, change] of changes.entries()) {
        const report = reportOf(change);
        const about = report?.transition?.was ?? report?.line ?? report?.handed;
        // What is no report may have written any of them.
        if (report === undefined || !about) return () => undefined;
        const { account } = report;
        const name = nameOf({ account, campaign: about.campaign, device: about.device });
        const isOnly = !left.has(name) && isHeld(settled[index]);
        const before = isOnly ? freshAt(name, account, about.device) : undefined;
        left.set(name, before && afterReport(before, report));
      }
      return () => {
        const since = contacts.now();
        for (const [name, update] of left) keep(name, update, since);
      };
    },
  };
};

const isHeld = (answer: Settled | undefined): boolean =>
  answer !== undefined && 'committed' in answer && answer.committed.ok;

/** As the store has it after a report that holds; `undefined` where it was another one than that was decided on. */
const afterReport = (
  before: StoredUpdate,
  { transition, line, handed }: Report,
): StoredUpdate | undefined => {
  const heardAt = Math.max(before.heardAt, transition?.value.since ?? 0, line?.entry.at ?? 0);
  const handedAt = Math.max(before.handedAt, handed?.at ?? 0);
  if (transition === null) return { ...before, heardAt, handedAt };
  const { was, value } = transition;
  if (was.version !== before.version) return undefined;
  const { campaign, device } = was;
  return { ...value, campaign, device, version: was.version + 1, heardAt, handedAt };
};
