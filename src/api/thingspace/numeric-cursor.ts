import type { Caller } from '../../app/caller.ts';
import type { Store } from '../../app/ports.ts';
import type { StoredDevice } from '../../app/records.ts';
import type { DeviceKey } from '../../domain/ids.ts';
import { BadRequest } from './errors.ts';

/** An IMEI has so many digits; as a number it may have lost zeros in front (reference 1.7). */
const IMEI = /^\d{15}$/;
/**
 * Devices with other ids are told by their key beyond this, in sixteen digits, which no IMEI has and every client can
 * hold as a number.
 */
const KEYS = 8_000_000_000_000_000;
const LARGEST_KEY = 2_147_483_647;

/** The number by which a page of v1 says where it ends. */
export const numericCursor = ({ id, key }: Pick<StoredDevice, 'id' | 'key'>): number =>
  IMEI.test(id) ? Number(id) : KEYS + key;

/** The id after which a page of v1 begins, '' for the first. Throws `BadRequest` for what is no device of the account. */
export const afterNumeric = async (
  { store }: { readonly store: Pick<Store, 'devices'> },
  { account }: Pick<Caller, 'account'>,
  cursor: string | undefined,
): Promise<string> => {
  const text = (cursor ?? '').trim();
  if (/^0*$/.test(text)) return '';
  if (!/^\d{1,16}$/.test(text)) throw new BadRequest('Invalid device id format');
  const key = Number(text) - KEYS;
  const found =
    key > 0 && key <= LARGEST_KEY
      ? // The number is a key of this account, or of nothing.
        await store.devices.get(account.key, key as DeviceKey)
      : await store.devices.find(account.key, text.padStart(15, '0'));
  if (found === undefined) throw new BadRequest('LastSeenDeviceId Not Valid');
  return found.id;
};
