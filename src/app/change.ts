import type { AccountKey } from '../domain/ids.ts';
import type { Entity, Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { Actor, EventBody, NewEvent } from './event-records.ts';
import type { Store } from './ports.ts';
import type { Change } from './writes.ts';

const ATTEMPTS = 4;

/** What a use case wants to have written, and its answer once that is flushed. */
export type Planned<Value> = { readonly change: Change; readonly value: Value };

/** What makes a create safe to repeat: the caller's key, and a digest of all that was asked. */
export type Repeatable = { readonly key: string; readonly digest: string } | undefined;

/** The id of what the key made before, `undefined` the first time; refused when it made something else. */
export const madeBefore = async (
  store: Store,
  account: AccountKey,
  repeatable: Repeatable,
): Promise<Result<string | undefined, Refusal>> => {
  if (repeatable === undefined) return ok(undefined);
  const first = await store.idempotency.find(account, repeatable.key);
  if (first === undefined) return ok(undefined);
  return first.digest === repeatable.digest
    ? ok(first.id)
    : refused({ code: 'idempotency/reused', key: repeatable.key });
};

/**
 * The shell around every write: `attempt` loads and decides, the change is saved on condition that nobody
 * wrote what was read, and if somebody did (or made the same thing under the same key), all is tried again on
 * what is there now.
 * The refusal is `changed-meanwhile` when that fails four times, or at once when the caller named a version.
 */
export const save = async <Value>(
  store: Store,
  about: { readonly entity: Entity; readonly id: string },
  attempt: () => Promise<Result<Planned<Value>, Refusal>>,
): Promise<Result<Value, Refusal>> => {
  for (let tries = 0; tries < ATTEMPTS; tries += 1) {
    const planned = await attempt();
    if (!planned.ok) return planned;
    const { change, value } = planned.value;
    if (isEmpty(change)) return ok(value);
    const committed = await store.commit(change);
    if (committed.ok) return ok(value);
    if (committed.why === 'already-exists') {
      return refused({ code: 'already-exists', entity: committed.entity, id: committed.id });
    }
  }
  return refused({ code: 'changed-meanwhile', ...about });
};

const isEmpty = ({ writes, events, audit = [] }: Change): boolean =>
  writes.length + events.length + audit.length === 0;

/** What was found, unless a caller says that it read another version of it. */
export const asExpected = <Value extends { readonly version: unknown }>(
  found: Result<Value, Refusal>,
  expected: number | undefined,
  about: { readonly entity: Entity; readonly id: string },
  revisionOf: (value: Value) => unknown = ({ version }) => version,
): Result<Value, Refusal> =>
  !found.ok || expected === undefined || expected === revisionOf(found.value)
    ? found
    : refused({ code: 'changed-meanwhile', ...about });

/** An event of the account itself, of a campaign, or of a device. */
export const event = (
  body: EventBody,
  by: { readonly actor: Actor; readonly at: Instant },
  about: { readonly campaign?: NewEvent['campaign']; readonly device?: NewEvent['device'] } = {},
): NewEvent => ({
  at: by.at,
  actor: by.actor,
  campaign: about.campaign ?? null,
  device: about.device ?? null,
  body,
});
