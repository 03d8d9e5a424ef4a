import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Clock, Store } from './ports.ts';

const BATCH = 1_000;

/** When devices were last in contact, gathered in memory so that a poll which changes nothing writes nothing. */
export type LastSeen = {
  /** Notes contact with a device, now. */
  readonly note: (account: AccountKey, device: DeviceKey) => void;
  /** Hands all that was noted to the store. What it fails to take stays noted for the next time; it throws then. */
  readonly flush: () => Promise<void>;
};

export const createLastSeen = (store: Pick<Store, 'devices'>, clock: Clock): LastSeen => {
  const noted = new Map<AccountKey, Map<DeviceKey, Instant>>();
  const devicesOf = (account: AccountKey): Map<DeviceKey, Instant> => {
    const devices = noted.get(account) ?? new Map<DeviceKey, Instant>();
    noted.set(account, devices);
    return devices;
  };

  const flushAccount = async (account: AccountKey, devices: Map<DeviceKey, Instant>): Promise<void> => {
    // In the order of their keys, which is that of their rows: each batch writes few pages, and each of them once.
    const keys = [...devices.keys()].sort((a, b) => a - b);
    for (let from = 0; from < keys.length; from += BATCH) {
      const batch = keys
        .slice(from, from + BATCH)
        .map((device) => ({ device, at: devices.get(device) ?? 0 }));
      await store.devices.touch(account, batch);
      // Noted again meanwhile, it has a later instant to hand over next time.
      for (const { device, at } of batch) if (devices.get(device) === at) devices.delete(device);
    }
    if (devices.size === 0) noted.delete(account);
  };

  return {
    note: (account, device) => {
      devicesOf(account).set(device, clock());
    },
    flush: async () => {
      for (const [account, devices] of [...noted]) await flushAccount(account, devices);
    },
  };
};
