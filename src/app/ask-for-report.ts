import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Caller } from './caller.ts';
import { askAttributes } from './device-state.ts';
import { getDevice } from './devices.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredDevice } from './records.ts';
import type { Waker } from './waker.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly waker: Pick<Waker, 'wake'> };

/**
 * Asks a device to tell what it is and what is on it: now if it has a request waiting, else when it next makes contact.
 * Answers the device as it was known until then.
 */
export const askForReport = async (
  deps: Deps,
  caller: Pick<Caller, 'account' | 'actor'>,
  id: string,
): Promise<Result<StoredDevice, Refusal>> => {
  const found = await getDevice(deps, caller, id);
  if (!found.ok) return found;
  const asked = await askAttributes(deps, caller, found.value.id);
  if (!asked.ok) return asked;
  deps.waker.wake(caller.account.key, found.value.key);
  return ok(found.value);
};
