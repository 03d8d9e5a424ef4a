import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { StoredAccount } from './account-records.ts';
import { signatureOf } from './caller.ts';
import { event, save } from './change.ts';
import { withdrawLicences } from './licence-removal.ts';
import {
  countLicences,
  type LicenceDeps,
  licenceQuota,
  licensedAt,
  licensedDevices,
  type Speaker,
} from './licences.ts';
import type { StoredDocument } from './records.ts';

/** The devices that lose their licence first when there are too few, in that order (reference 3.8). */
export type Candidates = { readonly deviceIds: readonly string[]; readonly updatedAt: Instant };

const LIST = { kind: 'thingspace/licence-candidates', id: 'candidates', name: '' } as const;

const candidatesIn = ({ body }: StoredDocument): Candidates => body as Candidates;

const findList = ({ store }: Pick<LicenceDeps, 'store'>, { account }: Pick<Speaker, 'account'>) =>
  store.documents.find(account.key, LIST.kind, LIST.id);

/** Nobody said anything since the account began. */
const none = ({ account }: Pick<Speaker, 'account'>): Candidates => ({
  deviceIds: [],
  updatedAt: account.createdAt,
});

export const getCandidates = async (
  deps: Pick<LicenceDeps, 'store'>,
  speaker: Pick<Speaker, 'account'>,
): Promise<Candidates> => {
  const found = await findList(deps, speaker);
  return found === undefined ? none(speaker) : candidatesIn(found);
};

/** Replaces the list by what `edit` makes of it, each device once. */
export const editCandidates = (
  deps: LicenceDeps,
  speaker: Speaker,
  edit: (deviceIds: readonly string[]) => Result<readonly string[], Refusal>,
): Promise<Result<Candidates, Refusal>> =>
  save<Candidates>(deps.store, { entity: 'document', id: LIST.id }, async () => {
    const was = await findList(deps, speaker);
    const edited = edit(was === undefined ? [] : candidatesIn(was).deviceIds);
    if (!edited.ok) return edited;
    const now = deps.clock();
    const body: Candidates = { deviceIds: [...new Set(edited.value)], updatedAt: now };
    const { actor, account } = speaker;
    const created = { createdBy: signatureOf(actor), createdAt: now };
    const value = { ...created, ...was, ...LIST, body };
    return ok({
      change: {
        account: account.key,
        writes: [{ save: 'document', value, ...(was !== undefined && { was }) }],
        events: [event({ type: 'document-saved', kind: LIST.kind, id: LIST.id }, { actor, at: now })],
      },
      value: body,
    });
  });

const AT_ONCE = 1_000;

type Licensed = { readonly id: string; readonly at: string };
const older = (a: Licensed, b: Licensed): number =>
  a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1;

/** The devices that have had their licences the longest; no more than `most` are held at a time. */
const oldest = async (
  { store }: LicenceDeps,
  account: StoredAccount,
  most: number,
): Promise<readonly string[]> => {
  let kept: Licensed[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof store.devices.list>> = await store.devices.list(
      account.key,
      licensedDevices,
      { after, limit: AT_ONCE },
    );
    const found = page.items.map((device) => ({ id: device.id, at: licensedAt(device) ?? '' }));
    kept = [...kept, ...found].sort(older).slice(0, most);
    after = page.next;
  }
  return kept.map(({ id }) => id);
};

/** Takes licences in the order of the list and then the oldest, while an account has fewer than are assigned. */
const shrink = async (deps: LicenceDeps, account: StoredAccount): Promise<number> => {
  const quota = licenceQuota(account);
  if (quota === null) return 0;
  const speaker = { account, actor: { kind: 'server' } } as const;
  const excess = (await countLicences(deps, speaker)) - quota;
  if (excess <= 0) return 0;
  const { deviceIds } = await getCandidates(deps, speaker);
  const listed = await withdrawLicences(deps, speaker, deviceIds);
  const countIn = (done: typeof listed): number =>
    done.ok ? done.value.filter(({ result }) => result === 'removed').length : 0;
  const taken = countIn(listed);
  if (taken >= excess) return taken;
  const rest = await oldest(deps, account, Math.min(AT_ONCE, excess - taken));
  return taken + countIn(await withdrawLicences(deps, speaker, rest));
};

/** Looks at every account whose licences are counted; answers how many licences were taken. */
export const withdrawExcessLicences = async (deps: LicenceDeps): Promise<number> => {
  let taken = 0;
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof deps.store.accounts.list>> = await deps.store.accounts.list({
      after,
      limit: AT_ONCE,
    });
    for (const account of page.items) taken += await shrink(deps, account);
    after = page.next;
  }
  return taken;
};
