import type { Caller } from '../../app/caller.ts';
import type { Assignment } from '../../app/check-in.ts';
import { checkIn, packagesOf, report } from '../../app/check-in.ts';
import { noteInstalled, setInventory } from '../../app/device-attributes.ts';
import { findJourney } from '../../app/device-work.ts';
import { mintTicket, ticketPath } from '../../app/download-ticket.ts';
import { insist } from '../../app/insist.ts';
import { cutLines, cutMessage } from '../../app/log-lines.ts';
import type { StoredDevice, StoredUpdate } from '../../app/records.ts';
import { mannerOf } from '../../app/surroundings.ts';
import { takesAllAtOnce } from '../../domain/device.ts';
import type { CampaignKey } from '../../domain/ids.ts';
import { hasOneTime } from '../../domain/plan.ts';
import { DAY } from '../../domain/time.ts';
import type { OmaDmDeps } from './call.ts';
import type { Profile } from './profile.ts';
import type { Action, Assigned, Found, Part } from './script-types.ts';

/** A device in a session, and on whose behalf it speaks. */
export type Visitor = {
  readonly speaker: Pick<Caller, 'account' | 'actor'>;
  readonly device: StoredDevice;
  readonly profile: Profile;
  readonly base: string;
  /** Whether the device knows enough of the protocol to be updated. */
  readonly capable: boolean;
};

/** How an attempt is named towards the device: campaign, journey and try. */
const attemptName = ({ campaign, generation, attempt }: StoredUpdate): string =>
  [campaign, generation, attempt].map((number) => number.toString(36)).join('-');

const readAttempt = (name: string) => {
  const [campaign = 0, generation = 0, attempt = 0] = name
    .split('-')
    .map((part) => Number.parseInt(part, 36));
  // A key that is none finds nothing.
  return { campaign: campaign as CampaignKey, generation, attempt };
};

/** Does what a step asks for, in order; answers what there is to do where that was asked. */
export const perform = async (
  deps: OmaDmDeps,
  visitor: Visitor,
  actions: readonly Action[],
): Promise<Found> => {
  let found = nothing;
  for (const action of actions) {
    if (action.do === 'inventory') await takeInventory(deps, visitor, action.inventory);
    else if (action.do === 'report') await takeReport(deps, visitor, action);
    else found = await findWork(deps, visitor, action.attempt);
  }
  return found;
};

const takeInventory = async (
  deps: OmaDmDeps,
  { speaker, device }: Visitor,
  inventory: Extract<Action, { readonly do: 'inventory' }>['inventory'],
): Promise<void> => {
  const { make, model, versions, attributes } = inventory;
  const taken = await insist(() =>
    setInventory(deps, speaker, device, { make, model, versions, attributes }),
  );
  if (!taken.ok) deps.warn({ refusal: taken.refusal, device: device.id }, 'what a device told was not kept');
};

/** Of a try that is over, or of another journey, nothing is said any more. */
const takeReport = async (
  deps: OmaDmDeps,
  { speaker, device }: Visitor,
  { attempt, said, words }: Extract<Action, { readonly do: 'report' }>,
): Promise<void> => {
  const named = readAttempt(attempt);
  if (!Number.isSafeInteger(named.campaign)) return;
  const found = await findJourney(deps, speaker, device, named.campaign);
  if (!found.ok) return;
  const { campaign, update } = found.value;
  if (update.generation !== named.generation || update.attempt !== named.attempt) return;
  const before = update.status;
  const at = { campaign: campaign.id, device: device.id };
  const told = 'message' in said ? { ...said, message: cutMessage(said.message) } : said;
  const entry = { ...words, lines: cutLines(words.lines), at: deps.clock() };
  const taken = await insist(() => report(deps, speaker, at, told, entry));
  if (!taken.ok) return;
  const { value } = taken;
  if (before !== 'open' || value.update.status !== 'closed' || value.update.outcome !== 'succeeded') return;
  const packages = await packagesOf(deps.store, speaker.account.key, campaign, value.update);
  const known = (await deps.store.devices.get(speaker.account.key, device.key)) ?? device;
  const noted = await insist(() => noteInstalled(deps, speaker, known, packages));
  if (!noted.ok) deps.warn({ refusal: noted.refusal }, 'installed versions were not noted');
};

/** There is nothing to do, and nothing is known to be over. */
export const nothing: Found = { assigned: undefined, isOver: false };

/** The gate decides (B1.7): nothing while it is shut. */
const findWork = async (deps: OmaDmDeps, visitor: Visitor, attempt: string | null): Promise<Found> => {
  const { speaker, device, capable } = visitor;
  if (!capable) return nothing;
  const known = await deps.store.devices.get(speaker.account.key, device.key);
  if (known === undefined) return nothing;
  const found = await insist(() => checkIn(deps, speaker, known, mannerOf(known)));
  if (!found.ok) {
    deps.warn({ refusal: found.refusal, device: device.id }, 'what there is to do could not be found');
    return nothing;
  }
  const assigned = found.value && toAssigned(deps, { ...visitor, device: known }, found.value);
  if (attempt === null || assigned?.attempt === attempt) return { assigned, isOver: false };
  return { assigned, isOver: await isOver(deps, visitor, attempt) };
};

/** The journey has ended, perhaps by somebody else, or goes on with another try. */
const isOver = async (deps: OmaDmDeps, { speaker, device }: Visitor, name: string): Promise<boolean> => {
  const { campaign } = readAttempt(name);
  if (!Number.isSafeInteger(campaign)) return true;
  const found = await findJourney(deps, speaker, device, campaign);
  if (!found.ok) return true;
  const { update } = found.value;
  return update.status === 'closed' || attemptName(update) !== name;
};

const LONGEST_TICKET = 30 * DAY;

const toAssigned = (
  deps: OmaDmDeps,
  { speaker, device, profile, base }: Visitor,
  { campaign, packages, update, due }: Assignment,
): Assigned | undefined => {
  if (due === undefined || packages.length === 0) return undefined;
  const patience = campaign.plan.timeouts.download ?? LONGEST_TICKET;
  const expiresAt = deps.clock() + Math.min(LONGEST_TICKET, Math.max(DAY, patience));
  const keys = { account: speaker.account.key, campaign: campaign.key, device: device.key };
  const parts = packages.map((pack, packageIndex): Part => {
    const ticket = mintTicket(deps, { ...keys, generation: update.generation, packageIndex, expiresAt });
    const path = profile.descriptor ? `/dd/${ticket}` : ticketPath(ticket, pack.fileName);
    const { id, name, version, kind, digests } = pack;
    return {
      kind: kind === 'firmware' ? 'firmware' : 'component',
      url: `${base}${path}`,
      pack: { id, name, version, size: digests.size },
    };
  });
  return {
    ...{ attempt: attemptName(update), due, parts },
    together: takesAllAtOnce(device, campaign.plan, update.slots),
    oneTime: hasOneTime(campaign.plan, update.slots),
  };
};
