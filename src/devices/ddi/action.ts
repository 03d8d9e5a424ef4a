import { packagesOf } from '../../app/check-in.ts';
import { findJourney } from '../../app/device-work.ts';
import type { Member } from '../../app/members.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { isPresent, readActionId } from './action-id.ts';
import { type Described, messagesAsked, toHistory } from './map.ts';
import { type Standing, standingOf } from './offer.ts';
import type { DdiDeps, Told, Visit } from './visit.ts';

/** An action that is the device's own. `undefined` for a standing means that the device has begun again since. */
export type Action = { readonly member: Member; readonly standing: Standing | undefined };

const unknown = (id: string) => refused<Refusal>({ code: 'not-found', entity: 'update', id });

/** The action that a path names; 400 for what is no number, 404 for what is not this device's. */
export const findAction = async (
  deps: DdiDeps,
  { speaker, device, params }: Told,
): Promise<Result<Action, Refusal>> => {
  const text = params['actionId'] ?? '';
  if (!/^-?\d{1,19}$/.test(text)) {
    return refused({ code: 'invalid', field: 'actionId', expected: 'a number', got: JSON.stringify(text) });
  }
  const named = readActionId(text);
  if (named === undefined) return unknown(text);
  const found = await findJourney(deps, speaker, device, named.campaign);
  if (!found.ok) return unknown(text);
  const { value: member } = found;
  return ok({ member, standing: isPresent(member.update, named) ? standingOf(member.update) : undefined });
};

/** The action with all that its documents say, when it stands as one of them has it; else 404. */
export const describeAction = async (
  deps: DdiDeps,
  visit: Visit,
  isShown: (action: Action) => boolean,
): Promise<Result<Described, Refusal>> => {
  const found = await findAction(deps, visit);
  if (!found.ok) return found;
  if (!isShown(found.value)) return unknown(visit.params['actionId'] ?? '');
  const { member } = found.value;
  const packages = await packagesOf(deps.store, visit.speaker.account.key, member.campaign, member.update);
  return ok({ member, packages, history: await historyOf(deps, visit, member) });
};

const historyOf = async (
  { store }: DdiDeps,
  { speaker, query }: Visit,
  { campaign, device, update }: Member,
): Promise<Described['history']> => {
  const most = messagesAsked(query['actionHistory']);
  if (most === 0) return undefined;
  return toHistory(update, await store.updates.log(speaker.account.key, campaign.key, device.key), most);
};
