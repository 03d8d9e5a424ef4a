import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import { MINUTE } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import { type DeviceFilter, expressionOf, sliceDevices } from './devices.ts';
import { keepAWhile } from './keep-a-while.ts';
import type { Marks, Slice, Sliced, UpdateFilter } from './lists.ts';
import { sliceMembers } from './members.ts';
import type { Clock, Store } from './ports.ts';
import type { ListedUpdate, StoredDevice } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** A place as far into a list as this is looked for from the last mark before it. */
const FAR = 5_000;

/** Whoever goes about in a list waits for its marks once; those that are older than this are of no use to anybody. */
const STALE = 5 * MINUTE;

/** The same slice, counted from the last mark before it. */
const nearer = (slice: Slice, { marks }: Marks): Slice => {
  const mark = marks.findLast(({ place }) => place <= slice.skip);
  return mark === undefined ? slice : { ...slice, skip: slice.skip - mark.place, after: mark.after };
};

/**
 * Where the places of long lists are, for whoever goes about in one. All of a list is gone through for that, so what takes
 * long is kept a while: a list that changed meanwhile is gone about in as it was, its items are as they are.
 */
export const newMarks = ({ store, clock }: Deps, far = FAR) => {
  const keep = keepAWhile<Marks>(clock, STALE);
  const isFar = ({ skip, after = 0 }: Slice): boolean => skip >= far && after === 0;

  const ofDevices = async (caller: Caller, filter: DeviceFilter): Promise<Result<Marks, Refusal>> => {
    const where = await expressionOf({ store }, caller, filter);
    if (!where.ok) return where;
    const { key } = caller.account;
    return ok(await keep(JSON.stringify([key, where.value]), () => store.devices.marks(key, where.value)));
  };

  const ofMembers = async (
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
  };

  return {
    ofDevices,
    ofMembers,
    /** Devices that match by their place, upwards by creation. */
    sliceDevices: async (
      caller: Caller,
      filter: DeviceFilter,
      slice: Slice,
    ): Promise<Result<Sliced<StoredDevice>, Refusal>> => {
      if (!isFar(slice)) return sliceDevices({ store }, caller, filter, slice);
      const marks = await ofDevices(caller, filter);
      return marks.ok ? sliceDevices({ store }, caller, filter, nearer(slice, marks.value)) : marks;
    },
    /** A campaign's devices by their place, upwards by creation. */
    sliceMembers: async (
      caller: Caller,
      campaignId: string,
      filter: UpdateFilter,
      slice: Slice,
    ): Promise<Result<Sliced<ListedUpdate>, Refusal>> => {
      if (!isFar(slice)) return sliceMembers({ store }, caller, campaignId, filter, slice);
      const marks = await ofMembers(caller, campaignId, filter);
      return marks.ok
        ? sliceMembers({ store }, caller, campaignId, filter, nearer(slice, marks.value))
        : marks;
    },
  };
};
