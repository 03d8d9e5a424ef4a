import type { Refusal } from '../domain/refusal.ts';
import { parseExpression } from '../domain/targeting.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import type { Store } from './ports.ts';

/** A fleet of one is always hit as a whole. */
const SMALL = 1;

/**
 * Why starting a campaign has to be confirmed: its query matches no device, or all of a fleet. `undefined` where it
 * matches some, where it was started before, and where the start itself will say what is wrong.
 */
export const unconfirmedStart = async (
  deps: { readonly store: Store },
  caller: Caller,
  campaignId: string,
): Promise<Refusal | undefined> => {
  const found = await getCampaign(deps, caller, campaignId);
  if (!found.ok || 'startedAt' in found.value) return undefined;
  const { target } = found.value.plan;
  const where = target.by === 'query' ? parseExpression(target.expression) : undefined;
  if (where?.ok !== true) return undefined;
  const { devices } = deps.store;
  const account = caller.account.key;
  const [matches, all] = await Promise.all([
    devices.count(account, where.value),
    devices.count(account, { type: 'all' }),
  ]);
  if (matches > 0 && (matches < all || all <= SMALL)) return undefined;
  const why = matches === 0 ? 'matches no device' : `matches every device of the account, ${all} of them`;
  return {
    code: 'invalid',
    field: 'confirm',
    expected: `true, because the target ${why}`,
    got: 'no confirmation',
  };
};
