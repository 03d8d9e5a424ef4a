import {
  type Device,
  type DevicePatch,
  normaliseDeviceId,
  patchDevice,
  registerDevice,
} from '../domain/device.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { type Expression, parseExpression } from '../domain/targeting.ts';
import type { Caller } from './caller.ts';
import { asExpected, event, madeBefore, type Repeatable, save } from './change.ts';
import type { Page, PageRequest, Slice, Sliced } from './lists.ts';
import { joinMatching } from './membership.ts';
import type { Clock, Ids, Store } from './ports.ts';
import { getQuery } from './queries.ts';
import type { StoredDevice } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** A device as it is after a write, whose key only the store knows. */
export type SavedDevice = Device & { readonly version: number };

/** Which devices: those that match an expression or a saved query, all without either. */
export type DeviceFilter = { readonly where?: string | undefined; readonly query?: string | undefined };

const OPEN_SHOWN = 10;

const about = (id: string) => ({ entity: 'device', id }) as const;
const nothing = { account: null, writes: [], events: [] } as const;

/** What a filter means. */
export const expressionOf = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  { where, query }: DeviceFilter,
): Promise<Result<Expression, Refusal>> => {
  if (query === undefined) return parseExpression(where ?? '');
  if (where !== undefined) {
    return refused({ code: 'invalid', field: 'query', expected: 'either where or query', got: 'both' });
  }
  const saved = await getQuery(deps, caller, query);
  return saved.ok ? parseExpression(saved.value.expression) : saved;
};

export const listDevices = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  filter: DeviceFilter,
  page: PageRequest,
): Promise<Result<Page<StoredDevice>, Refusal>> => {
  const where = await expressionOf(deps, caller, filter);
  return where.ok ? ok(await deps.store.devices.list(caller.account.key, where.value, page)) : where;
};

/** A page of the devices that match by its place. */
export const sliceDevices = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  filter: DeviceFilter,
  slice: Slice,
): Promise<Result<Sliced<StoredDevice>, Refusal>> => {
  const where = await expressionOf(deps, caller, filter);
  return where.ok ? ok(await deps.store.devices.slice(caller.account.key, where.value, slice)) : where;
};

export const countDevices = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  filter: DeviceFilter,
): Promise<Result<number, Refusal>> => {
  const where = await expressionOf(deps, caller, filter);
  return where.ok ? ok(await deps.store.devices.count(caller.account.key, where.value)) : where;
};

/** A device of the caller's account by its id, with or without the prefix that `normaliseDeviceId` takes off. */
export const getDevice = async (
  { store }: Pick<Deps, 'store'>,
  caller: Pick<Caller, 'account'>,
  id: string,
): Promise<Result<StoredDevice, Refusal>> => {
  const found = await store.devices.find(caller.account.key, normaliseDeviceId(id));
  return found === undefined ? refused({ code: 'not-found', ...about(id) }) : ok(found);
};

/** Registers a device under the id given, or a new UUID. */
export const createDevice = async (
  deps: Deps,
  caller: Caller,
  { id = deps.ids.uuid(), ...patch }: DevicePatch & { readonly id?: string | undefined },
  repeatable?: Repeatable,
): Promise<Result<SavedDevice, Refusal>> => {
  const { store, clock } = deps;
  const account = caller.account.key;
  const saved = await save<SavedDevice>(store, about(id), async () => {
    const made = await madeBefore(store, account, repeatable);
    if (!made.ok) return made;
    if (made.value !== undefined) {
      const first = await getDevice(deps, caller, made.value);
      return first.ok ? ok({ change: nothing, value: first.value }) : first;
    }
    const now = clock();
    const device = registerDevice(id, patch, now);
    if (!device.ok) return device;
    const { value } = device;
    return ok({
      change: {
        account,
        writes: [{ save: 'device', value }],
        events: [
          event(
            { type: 'device-registered', id: value.id },
            { actor: caller.actor, at: now },
            { device: { inserted: value.id } },
          ),
        ],
        idempotency: repeatable && { ...repeatable, ...about(value.id) },
      },
      value: { ...value, version: 1 },
    });
  });
  if (saved.ok) await joinMatching(deps, caller, [saved.value.id]);
  return saved;
};

const editable = [
  'name',
  'make',
  'model',
  'protocol',
  'timeZone',
  'tags',
  'versions',
  'attributes',
] as const satisfies readonly (keyof DevicePatch)[];

const changedFields = (was: Device, value: Device): readonly string[] =>
  editable.filter((field) => JSON.stringify(was[field]) !== JSON.stringify(value[field]));

/** Changes what is known about a device; a patch that changes nothing writes nothing. */
export const editDevice = async (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Caller,
  id: string,
  patch: DevicePatch,
  expected?: number,
): Promise<Result<SavedDevice, Refusal>> => {
  const { store, clock } = deps;
  const saved = await save<SavedDevice>(store, about(id), async () => {
    const found = asExpected(await getDevice(deps, caller, id), expected, about(id));
    if (!found.ok) return found;
    const was = found.value;
    const patched = patchDevice(was, patch);
    if (!patched.ok) return patched;
    const { value } = patched;
    if (value === was) return ok({ change: nothing, value: was });
    const body = { type: 'device-changed', fields: changedFields(was, value) } as const;
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ save: 'device', was, value }],
        events: [event(body, { actor: caller.actor, at: clock() }, { device: was.key })],
      },
      value: { ...value, version: was.version + 1 },
    });
  });
  if (saved.ok) await joinMatching(deps, caller, [saved.value.id]);
  return saved;
};

/** Forgets a device and all that belongs to it; `in-use` while it has an update that is open. */
export const deleteDevice = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Caller,
  id: string,
  expected?: number,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  const account = caller.account.key;
  return save(store, about(id), async () => {
    const found = asExpected(await getDevice(deps, caller, id), expected, about(id));
    if (!found.ok) return found;
    const was = found.value;
    const updates = await store.updates.ofDevice(account, was.key, OPEN_SHOWN);
    const by = updates.filter(({ status }) => status === 'open').map(({ campaignId }) => campaignId);
    if (by.length > 0) return refused({ code: 'in-use', ...about(was.id), by });
    const body = { type: 'device-deleted', id: was.id } as const;
    return ok({
      change: {
        account,
        writes: [{ drop: 'device', was }],
        events: [event(body, { actor: caller.actor, at: clock() })],
      },
      value: undefined,
    });
  });
};
