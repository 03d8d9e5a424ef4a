import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import { type DeviceFilter, expressionOf } from './devices.ts';
import { keepAWhile } from './keep-a-while.ts';
import type { Marks, UpdateFilter } from './lists.ts';
import type { Clock, Store } from './ports.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/**
 * Where the places of long lists are, for whoever goes about in one. All of a list is gone through for that, so what takes
 * long is kept a while: a list that changed meanwhile is gone about in as it was, its items are as they are.
 */
export const newMarks = ({ store, clock }: Deps) => {
  const keep = keepAWhile<Marks>(clock);
  return {
    ofDevices: async (caller: Caller, filter: DeviceFilter): Promise<Result<Marks, Refusal>> => {
      const where = await expressionOf({ store }, caller, filter);
      if (!where.ok) return where;
      const { key } = caller.account;
      return ok(await keep(JSON.stringify([key, where.value]), () => store.devices.marks(key, where.value)));
    },
    ofMembers: async (
      caller: Caller,
      campaignId: string,
      filter: UpdateFilter,
    ): Promise<Result<Marks, Refusal>> => {
      const campaign = await getCampaign({ store }, caller, campaignId);
      if (!campaign.ok) return campaign;
      const { key: account } = caller.account;
      const { key } = campaign.value;
      return ok(
        await keep(JSON.stringify([account, key, filter]), () => store.updates.marks(account, key, filter)),
      );
    },
  };
};
