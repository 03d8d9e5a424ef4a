import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Caller } from './caller.ts';
import { event, save } from './change.ts';
import { aboutMember, getMember, type MemberId } from './member.ts';
import type { Clock, Store } from './ports.ts';
import type { Waker } from './waker.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly waker: Pick<Waker, 'wake'>;
};

/**
 * Has a device asked to fetch its tasks now: those who follow the campaign are told, and a request of the device
 * that waits looks again. Refused with `update/closed` when there is nothing more for it in this campaign.
 */
export const nudgeDevice = async (
  deps: Deps,
  caller: Pick<Caller, 'account' | 'actor'>,
  at: MemberId,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock, waker } = deps;
  const account = caller.account.key;
  const nudged = await save(store, aboutMember(at.device), async () => {
    const member = await getMember(deps, caller, at.campaign, at.device);
    if (!member.ok) return member;
    const { campaign, device, update } = member.value;
    if (update.status === 'closed') return refused({ code: 'update/closed', outcome: update.outcome });
    const by = { actor: caller.actor, at: clock() };
    const about = { campaign: campaign.key, device: device.key };
    return ok({
      change: { account, writes: [], events: [event({ type: 'update-nudged' }, by, about)] },
      value: device.key,
    });
  });
  if (!nudged.ok) return nudged;
  waker.wake(account, nudged.value);
  return ok(undefined);
};
