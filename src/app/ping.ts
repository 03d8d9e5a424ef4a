import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import { notePush } from './audit-notes.ts';
import type { Caller } from './caller.ts';
import type { DeliveryAttempt } from './delivery-records.ts';
import { getDestination } from './destinations.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import type { Push } from './push-ports.ts';
import { pushRequestOf } from './push-request.ts';
import { attemptOf } from './verdict.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly hashing: Pick<Hashing, 'hmacSha256'>;
  readonly push: Push;
};

const plain = { wire: 'muster', path: '', headers: [], template: '' } as const;

/**
 * Sends a signed message of the type `ping` to a destination now, even to one that is disabled, and answers what
 * happened. Nothing is kept of it, and it is not tried again.
 */
export const pingDestination = async (
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<Result<DeliveryAttempt, Refusal>> => {
  const found = await getDestination(deps, caller, id);
  if (!found.ok) return found;
  await notePush(deps, caller, 'destination-tested', id);
  const at = deps.clock();
  const data = { account: caller.account.id, destination: id };
  const body = JSON.stringify({ type: 'ping', timestamp: new Date(at).toISOString(), data });
  const message = { id: deps.ids.uuid(), body };
  const outgoing = { message, destination: found.value, subscription: plain };
  const request = pushRequestOf(deps.hashing, outgoing, at);
  return ok(attemptOf({ request, pushed: await deps.push.send(request), at }));
};
