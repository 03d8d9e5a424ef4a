import type { Caller } from '../../app/caller.ts';
import type { IdPage } from '../../app/lists.ts';
import type { Store } from '../../app/ports.ts';
import type { StoredDevice } from '../../app/records.ts';
import { normaliseDeviceId } from '../../domain/device.ts';
import type { Expression } from '../../domain/targeting.ts';
import { maxPageSize } from '../../wire/thingspace/common.ts';
import { BadRequest } from './errors.ts';

type Deps = { readonly store: Pick<Store, 'devices'> };
type Account = Pick<Caller, 'account'>;

/**
 * The device after which a page of v2 and v3 begins, '' for the first page: nothing and `0` stand for that (reference
 * 1.7). Throws `BadRequest` for what is no device of the account.
 */
const afterDevice = async (
  { store }: Deps,
  { account }: Account,
  cursor: string | undefined,
): Promise<string> => {
  const id = normaliseDeviceId(cursor ?? '');
  if (id === '' || id === '0') return '';
  if ((await store.devices.find(account.key, id)) === undefined)
    throw new BadRequest('LastSeenDeviceId Not Valid');
  return id;
};

/** A page of the devices that fit, ascending by their ids. */
export const devicesAfter = async (
  deps: Deps,
  caller: Account,
  where: Expression,
  cursor: string | undefined,
): Promise<IdPage<StoredDevice>> => {
  const after = await afterDevice(deps, caller, cursor);
  return deps.store.devices.byId(caller.account.key, where, { after, limit: maxPageSize });
};
