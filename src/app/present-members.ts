import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Caller } from './caller.ts';
import { getDevice } from './devices.ts';
import { aboutMember, getMember, type Member, type MemberId } from './member.ts';
import { addDevices } from './members.ts';
import type { Clock, Ids, Store } from './ports.ts';
import { deviceTypeOf } from './pulse-profile.ts';
import type { StoredDevice } from './records.ts';

type Reading = { readonly store: Store };
type Account = Pick<Caller, 'account'>;

/** A member that was not taken out: who was is as unknown as who was never in. */
export const getPresentMember = async (
  deps: Reading,
  caller: Account,
  at: MemberId,
): Promise<Result<Member, Refusal>> => {
  const member = await getMember(deps, caller, at.campaign, at.device);
  if (!member.ok) return member;
  const { update } = member.value;
  return update.status === 'closed' && update.outcome === 'removed'
    ? refused({ code: 'not-found', ...aboutMember(at.device) })
    : member;
};

/** Does what is asked with a member that was not taken out. */
export const withPresentMember = async <Value>(
  deps: Reading,
  caller: Account,
  at: MemberId,
  act: (member: Member) => Promise<Result<Value, Refusal>>,
): Promise<Result<Value, Refusal>> => {
  const member = await getPresentMember(deps, caller, at);
  return member.ok ? act(member.value) : member;
};

/** Ids in a message at most. */
const MOST_NAMED = 20;

const named = (devices: readonly StoredDevice[]): string =>
  devices
    .slice(0, MOST_NAMED)
    .map(({ id }) => JSON.stringify(id))
    .join(', ');

/** Adds devices that are updated themselves, all or none; else as `addDevices`. */
export const addUpdatable = async (
  deps: Reading & { readonly clock: Clock; readonly ids: Ids },
  caller: Caller,
  campaignId: string,
  deviceIds: readonly string[],
): Promise<Result<{ readonly added: number }, Refusal>> => {
  const devices = await deps.store.devices.findMany(caller.account.key, deviceIds);
  const things = devices.filter((device) => deviceTypeOf(device) === 'THING');
  const areKnown = devices.length === new Set(deviceIds).size;
  // Ids that no device has are what the caller is told of first.
  if (things.length === 0 || !areKnown) return addDevices(deps, caller, campaignId, deviceIds);
  const expected = 'ids of gateways, not of things';
  return refused({ code: 'invalid', field: 'gatewayIds', expected, got: named(things) });
};

/** The campaigns under way that a device has an open update in, the oldest first. */
export const listActiveCampaigns = async (
  deps: Reading,
  caller: Account,
  deviceId: string,
): Promise<Result<readonly string[], Refusal>> => {
  const device = await getDevice(deps, caller, deviceId);
  if (!device.ok) return device;
  const account = caller.account.key;
  const open = await deps.store.updates.openOf(account, device.value.key);
  const campaigns = await Promise.all(
    open.map(({ campaign }) => deps.store.campaigns.get(account, campaign)),
  );
  const active = campaigns
    .filter((campaign) => campaign !== undefined)
    .filter(({ status }) => status === 'running' || status === 'paused');
  return ok(active.map(({ id }) => id));
};
