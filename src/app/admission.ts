import { rejectedStanding } from '../domain/admission.ts';
import { startOf } from '../domain/campaign.ts';
import type { AccountKey } from '../domain/ids.ts';
import { makeContact, type Progressed } from '../domain/journey.ts';
import { familyOf, type Misfit, unfit } from '../domain/package.ts';
import type { Plan } from '../domain/plan.ts';
import { wasDelivered } from '../domain/position.ts';
import { byPrecedence } from '../domain/precedence.ts';
import type { Instant } from '../domain/time.ts';
import type { Reason, UpdateCommand } from '../domain/update.ts';
import type { Store } from './ports.ts';
import type { StoredCampaign, StoredDevice, StoredOpenUpdate, StoredPackage } from './records.ts';
import { type Circumstances, circumstancesOf, type Manner, type Owner } from './surroundings.ts';
import type { Change } from './writes.ts';

/** An open update of a device, and the campaign that it is in. */
export type Queued = { readonly campaign: StoredCampaign; readonly update: StoredOpenUpdate };

/** What was begun and is not over, else all that runs, in the order in which the device is given it. */
export const queueOf = async (
  store: Store,
  account: AccountKey,
  device: Pick<StoredDevice, 'key'>,
): Promise<readonly Queued[]> => {
  const open = await store.updates.openOf(account, device.key);
  const queued: Queued[] = [];
  for (const update of open) {
    const campaign = await store.campaigns.get(account, update.campaign);
    if (campaign === undefined) continue;
    if (wasDelivered(update.position)) return [{ campaign, update }];
    if (campaign.status === 'running') queued.push({ campaign, update });
  }
  return queued.sort((a, b) => byPrecedence(contender(a), contender(b)));
};

const contender = ({ campaign, update }: Queued) => ({
  begun: wasDelivered(update.position),
  priority: campaign.plan.priority,
  startedAt: startOf(campaign) ?? 0,
});

/** An update that its device has asked about, and what came of it. */
export type Contacted = Queued & { readonly packages: readonly StoredPackage[] } & (
    | { readonly misfit: Misfit }
    | { readonly misfit: undefined; readonly progressed: Progressed }
  );

/**
 * Which of its updates a device goes on with: the first that has something for it or moves towards that. One whose
 * package sets the same component as one before it waits for that. `undefined` when none is open.
 */
export const chooseUpdate = async (
  store: Store,
  owner: Owner,
  device: StoredDevice,
  manner: Manner,
  now: Instant,
): Promise<{ readonly chosen: Contacted; readonly until: Instant | null } | undefined> => {
  const taken = new Set<string>();
  const asked: Contacted[] = [];
  for (const queued of await queueOf(store, owner.key, device)) {
    const { around, packages } = await circumstancesOf(store, owner, { ...queued, device }, manner, now);
    const family = familyOf(packages);
    if ([...family].some((component) => taken.has(component))) continue;
    for (const component of family) taken.add(component);
    const contacted = contactIn(queued, device, { around, packages }, now);
    if (isTurn(contacted)) return { chosen: contacted, until: null };
    asked.push(contacted);
  }
  const chosen = asked.find(hasMoved) ?? asked[0];
  return chosen && { chosen, until: earliest(asked.map(untilOf)) };
};

const contactIn = (
  queued: Queued,
  device: StoredDevice,
  { around, packages }: Circumstances,
  now: Instant,
): Contacted => {
  const misfit = misfitIn(queued, device, packages);
  return misfit === undefined
    ? { ...queued, packages, misfit, progressed: makeContact(queued.update, around, now) }
    : { ...queued, packages, misfit };
};

/**
 * Why a device that was not told to begin cannot take part, by what it is known to be. Somebody who has it begin again
 * knows that it has the package.
 */
export const misfitIn = (
  { campaign, update }: Queued,
  device: StoredDevice,
  packages: readonly StoredPackage[],
): Misfit | undefined => {
  if (wasDelivered(update.position)) return undefined;
  const misfit = unfit(packages, device, campaign.plan, nothingElse);
  return misfit === 'already-installed' && update.generation > 1 ? undefined : misfit;
};

const nothingElse: ReadonlySet<string> = new Set();

const isTurn = (contacted: Contacted): boolean => {
  if (contacted.misfit !== undefined) return true;
  const { due, gate, events } = contacted.progressed;
  return due !== undefined || (events.length > 0 && gate?.open === true);
};

const hasMoved = (contacted: Contacted): boolean =>
  contacted.misfit === undefined && contacted.progressed.events.length > 0;

const untilOf = (contacted: Contacted): Instant | null => {
  const gate = contacted.misfit === undefined ? contacted.progressed.gate : undefined;
  return gate === undefined || gate.open ? null : gate.until;
};

const earliest = (instants: readonly (Instant | null)[]): Instant | null => {
  const known = instants.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
};

type Closing = Extract<UpdateCommand, { type: 'close' }>;

const misfits = {
  'wrong-make': { reason: 'wrong-package', message: 'the package is for devices of another make' },
  'wrong-model': { reason: 'wrong-package', message: 'the package is for another model' },
  'wrong-from-version': {
    reason: 'version-mismatch',
    message: 'the package is for devices that have another version',
  },
  'already-installed': { reason: 'version-mismatch', message: 'the device has this version already' },
  'newer-installed': {
    reason: 'version-mismatch',
    message: 'the device has a newer version, and the campaign allows no downgrade',
  },
  'protocol-cannot-carry': {
    reason: 'unsupported',
    message: 'the protocol of the device cannot bring it these packages',
  },
  'other-campaign': {
    reason: 'unknown',
    message: 'another campaign that runs brings the device the same component',
  },
} as const satisfies Record<Misfit, { readonly reason: Reason; readonly message: string }>;

/** A misfit in words. */
export const misfitMessage = (misfit: Misfit): string => misfits[misfit].message;

/** How the update of a device ends that cannot take part. */
export const rejection = (misfit: Misfit, plan: Plan): Closing => ({
  type: 'close',
  outcome: 'rejected',
  ...misfits[misfit],
  counted: rejectedStanding(plan),
});

/** Why a device cannot take part, as its update says it. */
export const misfitReason = (misfit: Misfit): Reason => misfits[misfit].reason;

/**
 * What must hold for a phase to be handed out: the caps of its campaign, and that campaign as it was read, so that
 * nothing is handed out once it was paused, held or ended.
 */
export const conditionsOf = (
  { key, version }: StoredCampaign,
  { due, events, limits }: Progressed,
): Pick<Change, 'limits' | 'given'> =>
  due === undefined || events.length === 0
    ? {}
    : {
        limits: limits.map((limit) => ({ ...limit, campaign: key })),
        given: [{ campaign: key, version }],
      };
