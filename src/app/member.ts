import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import { decide, evolveAll, type Update, type UpdateCommand, type UpdateEvent } from '../domain/update.ts';
import type { Caller } from './caller.ts';
import { event, save } from './change.ts';
import type { Clock, Store } from './ports.ts';
import type { LogEntry, StoredCampaign, StoredDevice, StoredUpdate } from './records.ts';
import type { Change } from './writes.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** A device in a campaign, with both ends loaded. */
export type Member = {
  readonly campaign: StoredCampaign;
  readonly device: StoredDevice;
  readonly update: StoredUpdate;
};

export type MemberId = {
  readonly campaign: string;
  readonly device: string;
  /** The member as it was read just now, which spares the first try its reads. */
  readonly read?: Member;
};

/** What a refusal about a member names: the update of the device with this id. */
export const aboutMember = (device: string) => ({ entity: 'update', id: device }) as const;

/** A member by the ids of its campaign and device; `not-found` for whichever is missing, or for a removed one. */
export const getMember = async (
  deps: Pick<Deps, 'store'>,
  caller: Pick<Caller, 'account'>,
  campaignId: string,
  deviceId: string,
): Promise<Result<Member, Refusal>> => {
  const { store } = deps;
  const account = caller.account.key;
  const [campaign, device] = await Promise.all([
    store.campaigns.find(account, campaignId),
    store.devices.find(account, deviceId),
  ]);
  if (campaign === undefined) return refused({ code: 'not-found', entity: 'campaign', id: campaignId });
  if (device === undefined) return refused({ code: 'not-found', entity: 'device', id: deviceId });
  const update = await store.updates.find(account, campaign.key, device.key);
  return update === undefined
    ? refused({ code: 'not-found', ...aboutMember(deviceId) })
    : ok({ campaign, device, update });
};

/** An update as it is to be, and the events that make it so. */
export type Decided = { readonly value: Update; readonly events: readonly UpdateEvent[] };

/** One command after the other; the first that is refused refuses them all. */
export const decideAll = (
  was: Update,
  commands: readonly UpdateCommand[],
  now: Instant,
): Result<Decided, Refusal> => {
  let value = was;
  const events: UpdateEvent[] = [];
  for (const command of commands) {
    const decided = decide(value, command, now);
    if (!decided.ok) return decided;
    value = evolveAll(value, decided.value, now);
    events.push(...decided.value);
  }
  return ok({ value, events });
};

/** By whom and when. */
export type By = Parameters<typeof event>[1];

/** What is written along with an update that changes, by what the member was and will be. */
export type Besides = (was: Member, value: Member, by: By) => Promise<Pick<Change, 'writes' | 'events'>>;

const nothing = { writes: [], events: [] };

/** Load, decide, save; answers the member as it is then. */
export const changeMember = async (
  deps: Deps,
  caller: Pick<Caller, 'account' | 'actor'>,
  at: MemberId,
  decideFor: (member: Member, now: Instant) => Promise<Result<Decided, Refusal>>,
  /** What the device said with it, kept even where nothing changes. */
  said?: LogEntry,
  besides: Besides = async () => nothing,
): Promise<Result<Member, Refusal>> => {
  const { store, clock } = deps;
  let { read } = at;
  return save(store, aboutMember(at.device), async () => {
    const member =
      read === undefined ? await getMember(deps, caller, at.campaign, at.device) : ok<Member>(read);
    // Whoever wrote it since makes this try fail, and the next one reads it.
    read = undefined;
    if (!member.ok) return member;
    const { update: was, campaign, device } = member.value;
    const now = clock();
    const decided = await decideFor(member.value, now);
    if (!decided.ok) return decided;
    const { value } = decided.value;
    const by = { actor: caller.actor, at: now };
    const keys = { campaign: campaign.key, device: device.key };
    const events = decided.value.events.map((body) => event(body, by, keys));
    const heard =
      said === undefined || was.status === 'closed' ? was.heardAt : Math.max(was.heardAt, said.at);
    const changed = events.length > 0;
    const after: StoredUpdate = {
      ...(changed ? value : was),
      ...keys,
      version: changed ? was.version + 1 : was.version,
      heardAt: changed ? Math.max(heard, value.since) : heard,
      handedAt: was.handedAt,
    };
    const then = { campaign, device, update: after };
    const more = changed ? await besides(member.value, then, by) : nothing;
    return ok({
      change: {
        account: caller.account.key,
        writes: [
          ...(changed ? [{ save: 'update', was, value } as const] : []),
          ...(said === undefined || was.status === 'closed'
            ? []
            : [{ append: 'log', ...keys, entry: said } as const]),
          ...more.writes,
        ],
        events: [...events, ...more.events],
      },
      value: then,
    });
  });
};

/** Load, decide on one command after the other, save; answers the member as it is then. */
export const commandMember = (
  deps: Deps,
  caller: Pick<Caller, 'account' | 'actor'>,
  at: MemberId,
  commandsFor: (member: Member) => Promise<Result<readonly UpdateCommand[], Refusal>>,
  said?: LogEntry,
  besides?: Besides,
): Promise<Result<Member, Refusal>> =>
  changeMember(
    deps,
    caller,
    at,
    async (member, now) => {
      const commands = await commandsFor(member);
      return commands.ok ? decideAll(member.update, commands.value, now) : commands;
    },
    said,
    besides,
  );
