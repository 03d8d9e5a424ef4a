import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { getDevice } from './devices.ts';
import type { StoredEvent } from './event-records.ts';
import type { Store } from './ports.ts';
import type { StoredDevice } from './records.ts';

/** A contact of a device; `failure` is why an update ended with it other than well, empty if none did. */
export type Contact = { readonly at: Instant; readonly failure: string };

const MOST_EVENTS = 1_000;

const failureIn = ({ body }: StoredEvent): string =>
  body.type === 'update-closed' && body.outcome !== 'succeeded' ? body.reason : '';

/**
 * Contacts of a device that changed something, the newest first, and before them the last one of all, of which only the
 * time is kept. As far back as its latest thousand events go.
 */
export const contactsOf = async (
  { store }: { readonly store: Store },
  { account }: Pick<Caller, 'account'>,
  id: string,
): Promise<Result<{ readonly device: StoredDevice; readonly contacts: readonly Contact[] }, Refusal>> => {
  const found = await getDevice({ store }, { account }, id);
  if (!found.ok) return found;
  const device = found.value;
  const about = { campaign: null, device: device.key };
  const page = { before: Number.MAX_SAFE_INTEGER, limit: MOST_EVENTS };
  // What a contact brought about has one time, whatever it was.
  const byTime = new Map<Instant, string>();
  for (const told of await store.events.list(account.key, about, page)) {
    if (told.actor.kind !== 'device') continue;
    byTime.set(told.at, byTime.get(told.at) || failureIn(told));
  }
  if (device.lastSeenAt > 0 && !byTime.has(device.lastSeenAt)) byTime.set(device.lastSeenAt, '');
  const contacts = [...byTime].map(([at, failure]) => ({ at, failure })).sort((a, b) => b.at - a.at);
  return ok({ device, contacts });
};
