import type { AccountKey, CampaignKey } from '../domain/ids.ts';
import { isResetting, type Phase, rank, wasDelivered } from '../domain/position.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { Update } from '../domain/update.ts';
import type { Caller } from './caller.ts';
import { event, save } from './change.ts';
import type { EventBody } from './event-records.ts';
import { cutLine } from './log-lines.ts';
import { aboutMember, getMember, type Member, type MemberId } from './member.ts';
import type { Clock, Store } from './ports.ts';
import { logLimits, type StoredPackage, type Transfers } from './records.ts';
import { packagesOf } from './surroundings.ts';
import type { Write } from './writes.ts';

type Deps = { readonly store: Store; readonly clock: Clock };
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** Bytes of one package: how many the device has, of how many there are. */
export type Transfer = Transfers['packages'][number];

/** How much of each package a device has fetched, those that it said nothing of included. */
export const getTransfers = async (
  { store }: Pick<Deps, 'store'>,
  caller: Pick<Caller, 'account'>,
  at: MemberId,
): Promise<Result<readonly Transfer[], Refusal>> => {
  const member = await getMember({ store }, caller, at.campaign, at.device);
  if (!member.ok) return member;
  const { told, packages } = await transfersOf(store, caller, member.value);
  return ok(packages.map((pack) => finished(member.value.update, told.get(pack.id) ?? unfetched(pack))));
};

const unfetched = ({ id, digests }: StoredPackage): Transfer => ({ id, done: 0, of: digests.size });

/** Of a download that is done every byte was fetched, whatever was told of it. */
const finished = (update: Update, { id, done, of }: Transfer): Transfer =>
  isDownloaded(update) ? { id, done: of, of } : { id, done, of };

/** While it resets nobody can tell which phase failed; then it is what the device told. */
const isDownloaded = ({ position }: Update): boolean =>
  position === 'download-complete' || (rank(position) > rank('download-failed') && !isResetting(position));

/** What the device told in this journey, by package, and the packages that it gets. */
const transfersOf = async (
  store: Store,
  { account: { key } }: Pick<Caller, 'account'>,
  { campaign, device, update }: Member,
) => {
  const [found, packages] = await Promise.all([
    store.updates.transfers(key, campaign.key, device.key),
    packagesOf(store, key, campaign, update),
  ]);
  const told = found?.generation === update.generation ? found.packages : [];
  return { told: new Map(told.map((transfer) => [transfer.id, transfer])), packages };
};

/**
 * Takes what a device tells of its downloads, in bytes; answers all of them as they are then. Integers with
 * 0 <= done <= of, each package once and only those that it gets, else `invalid`. Packages left out stay as they
 * were. A value below the one before is that of a late message and changes nothing; but 0, while the download
 * runs, begins the package anew. Refused when the update was not handed out or is over, unless an operator closed it
 * while its device was at it. Counts as hearing from the device.
 */
export const setTransfers = (
  deps: Deps,
  speaker: Speaker,
  at: MemberId,
  packages: readonly Transfer[],
): Promise<Result<readonly Transfer[], Refusal>> =>
  tell(deps, speaker, at, async (member, now) => {
    const { update, campaign, device } = member;
    const before = await transfersOf(deps.store, speaker, member);
    const problem = problemOf(packages, before.packages);
    if (problem !== undefined) return refused(problem);
    const told = new Map(packages.map((transfer) => [transfer.id, transfer]));
    const value = before.packages.map((pack) => {
      const was = before.told.get(pack.id) ?? unfetched(pack);
      return finished(update, later(was, told.get(pack.id), update.position === 'download-running'));
    });
    const transfers = { generation: update.generation, packages: value };
    return ok({
      writes: [{ save: 'transfers', campaign: campaign.key, device: device.key, at: now, value: transfers }],
      progress: isSame(before.told, value) ? undefined : { phase: 'download', packages: value, lines: [] },
      value,
    });
  });

const later = (was: Transfer, told: Transfer | undefined, runs: boolean): Transfer =>
  told !== undefined && (told.done >= was.done || (runs && told.done === 0)) ? told : was;

const isSame = (before: ReadonlyMap<string, Transfer>, value: readonly Transfer[]): boolean =>
  value.every(({ id, done, of }) => before.get(id)?.done === done && before.get(id)?.of === of);

const problemOf = (told: readonly Transfer[], packages: readonly StoredPackage[]): Refusal | undefined => {
  const no = (expected: string, got: unknown): Refusal => ({
    ...{ code: 'invalid', field: 'packages', expected },
    got: JSON.stringify(got),
  });
  const gets = new Set(packages.map(({ id }) => id));
  const unknown = told.find(({ id }) => !gets.has(id));
  if (unknown !== undefined) return no('ids of packages that this device gets', unknown.id);
  if (new Set(told.map(({ id }) => id)).size < told.length) return no('each package once', `${told.length}`);
  const wrong = told.find(({ done, of }) => !isCount(done) || !isCount(of) || done > of);
  return wrong && no('whole numbers of bytes, no more done than there are', wrong);
};

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/**
 * Keeps what a device prints while a phase runs, oldest line first, in its log: entries of as many lines as one may
 * have, each under the name of the phase, lines cut to what one may hold. Refused and
 * taken like the above. Counts as hearing from the device.
 */
export const addLines = (
  deps: Deps,
  speaker: Speaker,
  at: MemberId,
  lines: readonly string[],
  phase: Phase,
): Promise<Result<undefined, Refusal>> =>
  tell(deps, speaker, at, async ({ campaign, device }, now) => {
    const kept = lines.map(cutLine);
    const entry = { at: now, word: phase, result: 'none', code: null, progress: null } as const;
    const about = { append: 'log', campaign: campaign.key, device: device.key } as const;
    return ok({
      writes: chunksOf(kept, logLimits.lines).map((some) => ({ ...about, entry: { ...entry, lines: some } })),
      progress: kept.length === 0 ? undefined : { phase, packages: [], lines: kept },
      value: undefined,
    });
  });

const chunksOf = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));

type Told<Value> = {
  readonly writes: readonly Write[];
  /** What those are told who follow the progress; `undefined` when it is nothing new. */
  readonly progress: Omit<Extract<EventBody, { readonly type: 'update-progressed' }>, 'type'> | undefined;
  readonly value: Value;
};

/** Load, decide, save, for a device that was told to begin and is not done. */
const tell = <Value>(
  { store, clock }: Deps,
  speaker: Speaker,
  at: MemberId,
  decide: (member: Member, now: Instant) => Promise<Result<Told<Value>, Refusal>>,
): Promise<Result<Value, Refusal>> =>
  save(store, aboutMember(at.device), async () => {
    const member = await getMember({ store }, speaker, at.campaign, at.device);
    if (!member.ok) return member;
    const { campaign, device, update } = member.value;
    if (update.status === 'closed' && !mayGoOn(update)) {
      return refused({ code: 'update/closed', outcome: update.outcome });
    }
    if (!wasDelivered(update.position)) {
      return refused({ code: 'update/wrong-step', command: 'progress', position: update.position });
    }
    const now = clock();
    const told = await decide(member.value, now);
    if (!told.ok) return told;
    const { writes, progress, value } = told.value;
    const account = speaker.account.key;
    const isTold = progress !== undefined && (await isFollowed(store, account, campaign.key));
    const by = { actor: speaker.actor, at: now };
    const about = { campaign: campaign.key, device: device.key };
    const events = isTold ? [event({ type: 'update-progressed', ...progress }, by, about)] : [];
    return ok({ change: { account, writes, events }, value });
  });

/** An operator closed it while its device was at it; nobody told the device (reference: Pulse 2.4, close). */
const mayGoOn = (update: Extract<Update, { readonly status: 'closed' }>): boolean =>
  update.outcome === 'closed-by-operator' && wasDelivered(update.position);

/** Progress is told often and seldom read: it is kept as events only where somebody asked for them. */
const isFollowed = async (store: Store, account: AccountKey, campaign: CampaignKey): Promise<boolean> =>
  (await store.subscriptions.about(account, campaign)).some(({ topic }) => topic.endsWith('progress'));
