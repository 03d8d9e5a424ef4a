import { scopesToRead, standingOf } from '../domain/admission.ts';
import { phaseOf, positions } from '../domain/position.ts';
import { nobodyAhead } from '../domain/queue.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { TalliesByScope } from '../domain/tally.ts';
import type { Instant } from '../domain/time.ts';
import { type Blocker, firstOf, ownVerdicts, type Verdict } from './blockers.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import { keepAWhile } from './keep-a-while.ts';
import type { Page, PageRequest, UpdateFilter } from './lists.ts';
import type { Clock, Store } from './ports.ts';
import type { ListedUpdate, StoredCampaign, StoredDevice, StoredPackage } from './records.ts';
import { mannerOf, packagesOf, surroundedBy } from './surroundings.ts';
import type { Aborting } from './waker.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  /** Lets others have a turn between two pieces. */
  readonly turn: () => Promise<unknown>;
  /** Nothing more is read once this aborts. */
  readonly leaving: Pick<Aborting, 'aborted'>;
};

/** Devices of a campaign that are under way and have nothing to do, by what has to change first, the most first. */
export type Waiting = {
  readonly at: Instant;
  readonly devices: number;
  readonly reasons: readonly WaitingFor[];
};

/** `until`: when the clock alone may change that for the first of them; `null` where something has to happen. */
export type WaitingFor = {
  readonly rule: Blocker;
  readonly devices: number;
  readonly until: Instant | null;
};

const PIECE = 500;
/** A page looks at so many updates at most. */
const LONGEST_LOOK = 20_000;

/** Whoever is in a phase waits for nothing but its own report. */
const resting: UpdateFilter = {
  positions: positions.filter((position) => {
    const step = phaseOf(position)?.step;
    return position === 'pending' || position === 'inventoried' || (step !== undefined && step !== 'running');
  }),
  outcomes: [],
  open: true,
};

type Looking = { readonly caller: Caller; readonly campaign: StoredCampaign; readonly now: Instant };
type Waits = (device: StoredDevice, update: ListedUpdate) => Promise<Verdict | undefined>;

/** Keeps what is the same for many devices: packages, and what was counted in the scopes that bear on them. */
const newWaits = ({ store }: Deps, { caller, campaign, now }: Looking): Waits => {
  const { key: account, freezes } = caller.account;
  const packs = new Map<string, readonly StoredPackage[]>();
  const counted = new Map<string, TalliesByScope>();
  const known = async <Value>(of: Map<string, Value>, name: string, read: () => Promise<Value>) => {
    const found = of.get(name) ?? (await read());
    of.set(name, found);
    return found;
  };
  return async (device, update) => {
    if (update.status === 'closed') return undefined;
    const packages = await known(packs, (update.packages ?? []).join(' '), () =>
      packagesOf(store, account, campaign, update),
    );
    const scopes = scopesToRead(campaign.plan, device, now);
    const tallies = await known(counted, scopes.join('\n'), () =>
      store.campaigns.tallies(account, campaign.key, scopes),
    );
    const standing = standingOf(campaign, update, device, tallies);
    const member = { campaign, device, update };
    const around = surroundedBy(member, mannerOf(device), {
      ...{ packages, freezes, standing, tallies, ahead: nobodyAhead },
    });
    const first = firstOf(ownVerdicts(member, { around, packages }, now));
    return first.rule === 'report' || first.rule === 'recall' ? undefined : first;
  };
};

type Waiter = { readonly update: ListedUpdate; readonly verdict: Verdict };
type Piece = { readonly waiters: readonly Waiter[]; readonly next: number | null };

/** One piece of those that rest, with what each waits for. */
const pieceOf = async (
  { store }: Deps,
  { caller, campaign }: Looking,
  waits: Waits,
  after: number,
): Promise<Piece> => {
  const { key: account } = caller.account;
  const { items, next } = await store.updates.list(account, campaign.key, resting, { after, limit: PIECE });
  const devices = await store.devices.findMany(
    account,
    items.map(({ deviceId }) => deviceId),
  );
  const byId = new Map(devices.map((device) => [device.id, device]));
  const waiters: Waiter[] = [];
  for (const update of items) {
    const device = byId.get(update.deviceId);
    const verdict = device === undefined ? undefined : await waits(device, update);
    if (verdict !== undefined) waiters.push({ update, verdict });
  }
  return { waiters, next };
};

const sooner = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

const countAll = async (deps: Deps, looking: Looking): Promise<Waiting> => {
  const waits = newWaits(deps, looking);
  const found = new Map<Blocker, WaitingFor>();
  for (let after: number | null = 0; after !== null; ) {
    const piece: Piece = await pieceOf(deps, looking, waits, after);
    for (const {
      verdict: { rule, until },
    } of piece.waiters) {
      const was = found.get(rule);
      found.set(rule, {
        ...{ rule, devices: (was?.devices ?? 0) + 1 },
        until: was === undefined ? until : sooner(was.until, until),
      });
    }
    after = piece.next;
    await deps.turn();
    if (deps.leaving.aborted) break;
  }
  const reasons = [...found.values()].sort((a, b) => b.devices - a.devices);
  return { at: looking.now, devices: reasons.reduce((sum, one) => sum + one.devices, 0), reasons };
};

/**
 * Why devices of a campaign wait, as the explanation of each says it; but neither another campaign that goes first nor a
 * place in the queue is looked for, since that takes reads for each device. All that rest are gone through, so what took
 * long is kept a while.
 */
export const newWaiting = (deps: Deps) => {
  const keep = keepAWhile<Waiting>(deps.clock);
  const lookingFor = async (caller: Caller, id: string): Promise<Result<Looking, Refusal>> => {
    const campaign = await getCampaign(deps, caller, id);
    return campaign.ok ? ok({ caller, campaign: campaign.value, now: deps.clock() }) : campaign;
  };
  return {
    count: async (caller: Caller, id: string): Promise<Result<Waiting, Refusal>> => {
      const looking = await lookingFor(caller, id);
      if (!looking.ok) return looking;
      const { key, version } = looking.value.campaign;
      const name = `${caller.account.key} ${key} ${version}`;
      return ok(await keep(name, () => countAll(deps, looking.value)));
    },
    /** Those that wait for one rule. A page may have fewer than were asked for, even none, and still have a `next`. */
    list: async (
      caller: Caller,
      id: string,
      rule: Blocker,
      { after, limit }: PageRequest,
    ): Promise<Result<Page<ListedUpdate>, Refusal>> => {
      const looking = await lookingFor(caller, id);
      if (!looking.ok) return looking;
      const waits = newWaits(deps, looking.value);
      const items: ListedUpdate[] = [];
      let next: number | null = after;
      for (let looked = 0; next !== null && looked < LONGEST_LOOK; looked += PIECE) {
        const piece: Piece = await pieceOf(deps, looking.value, waits, next);
        for (const { update, verdict } of piece.waiters) {
          if (verdict.rule !== rule) continue;
          items.push(update);
          if (items.length === limit) return ok({ items, next: update.device });
        }
        next = piece.next;
      }
      return ok({ items, next });
    },
  };
};
