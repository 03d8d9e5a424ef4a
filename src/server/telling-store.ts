import type { Store } from '../app/ports.ts';
import type { AccountKey } from '../domain/ids.ts';

/**
 * The same store, which also tells when a write of this process has left events in the outbox, and of which account;
 * `null` is one that the same write has made.
 */
export const tellingOfEvents = (store: Store, tell: (account: AccountKey | null) => void): Store => {
  const telling = async <Value>(
    account: AccountKey | null,
    written: Promise<Value>,
    left: (value: Value) => boolean,
  ): Promise<Value> => {
    const value = await written;
    if (left(value)) tell(account);
    return value;
  };
  return {
    ...store,
    commit: (change) =>
      telling(change.account, store.commit(change), ({ ok }) => ok && change.events.length > 0),
    devices: {
      ...store.devices,
      saveMany: (account, rows, by) =>
        telling(account, store.devices.saveMany(account, rows, by), (left) => left.length < rows.length),
    },
    updates: {
      ...store.updates,
      add: (request, progress) =>
        telling(request.account, store.updates.add(request, progress), ({ added }) => added > 0),
      retry: (request, progress) =>
        telling(request.account, store.updates.retry(request, progress), ({ restarted }) => restarted > 0),
      close: (request, progress) =>
        telling(
          request.account,
          store.updates.close(request, progress),
          ({ closed, recalled }) => closed + recalled > 0,
        ),
    },
  };
};
