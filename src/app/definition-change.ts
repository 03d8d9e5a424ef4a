import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { type Caller, signatureOf } from './caller.ts';
import { DEFINITION_TOPIC, formOf, type HttpParameters, type StoredDefinition } from './definition-record.ts';
import type { StoredDestination, Subscription } from './delivery-records.ts';
import {
  changedDestination,
  type DestinationDeps,
  type DestinationInput,
  newDestination,
} from './destinations.ts';
import type { EventBody } from './event-records.ts';
import { addressProblem } from './subscriptions.ts';
import type { Write } from './writes.ts';

/**
 * Where a definition is to send: to a destination that others may use too, or to one made for it, whose settings
 * follow from those it has already.
 */
export type Target =
  | { readonly kind: 'shared'; readonly id: string }
  | { readonly kind: 'own'; readonly settings: (was: StoredDestination | undefined) => DestinationInput };

/** What is written beside the definition itself, and where it sends from then on. */
export type Beside = {
  readonly destinationId: string;
  readonly writes: readonly Write[];
  readonly events: readonly EventBody[];
};
type Planned = Result<Beside, Refusal>;
type At = { readonly id: string; readonly was: StoredDefinition | undefined };

const none: Beside = { destinationId: '', writes: [], events: [] };

/** The destination and the subscription of a definition as it is to be; `http: null` needs neither. */
export const planBeside = async (
  deps: DestinationDeps,
  caller: Caller,
  at: At,
  wanted: { readonly http: HttpParameters | null; readonly target: Target | undefined },
): Promise<Planned> => {
  const { http, target } = wanted;
  if (http === null || target === undefined) return planWithout(deps, caller, at.was);
  const form = formOf(http);
  const problem = addressProblem(form);
  if (problem !== undefined) return refused(problem);
  const destination = await planDestination(deps, caller, at, target);
  if (!destination.ok) return destination;
  const { destinationId, writes, events } = destination.value;
  const subscription = await subscriptionWrite(deps, caller, at.id, { ...form, destinationId });
  const isDrop = (write: Write): boolean => 'drop' in write;
  return ok({
    destinationId,
    // A destination takes along the subscriptions that are still its own.
    writes: [...writes.filter((write) => !isDrop(write)), ...subscription.writes, ...writes.filter(isDrop)],
    events: [...events, ...subscription.events],
  });
};

/** What a definition leaves behind that goes, or sends no more. */
export const planWithout = async (
  deps: DestinationDeps,
  caller: Caller,
  was: StoredDefinition | undefined,
): Promise<Planned> => {
  if (was === undefined) return ok(none);
  const found = await deps.store.subscriptions.find(caller.account.key, was.id);
  const dropped: Beside =
    found === undefined
      ? none
      : {
          destinationId: '',
          writes: [{ drop: 'subscription', was: found }],
          events: [{ type: 'subscription-deleted', id: was.id }],
        };
  const destination = await dropOwn(deps, caller, was);
  return destination.ok ? ok(joined(dropped, destination.value)) : destination;
};

const joined = (first: Beside, then: Beside): Beside => ({
  destinationId: then.destinationId,
  writes: [...first.writes, ...then.writes],
  events: [...first.events, ...then.events],
});

const planDestination = async (
  deps: DestinationDeps,
  caller: Caller,
  { id, was }: At,
  target: Target,
): Promise<Planned> => {
  const account = caller.account.key;
  if (target.kind === 'own') return planOwn(deps, caller, was, id, target.settings);
  const found = await deps.store.destinations.find(account, target.id);
  if (found === undefined) return refused({ code: 'not-found', entity: 'destination', id: target.id });
  // Its own one by its id is no other than before.
  if (was?.ownDestination === true && was.notificationDestinationId === target.id)
    return ok({ ...none, destinationId: target.id });
  const left = await dropOwn(deps, caller, was);
  return left.ok ? ok({ ...left.value, destinationId: target.id }) : left;
};

const planOwn = async (
  deps: DestinationDeps,
  caller: Caller,
  was: StoredDefinition | undefined,
  definitionId: string,
  settings: (was: StoredDestination | undefined) => DestinationInput,
): Promise<Planned> => {
  const { store, ids } = deps;
  const own = was?.ownDestination === true ? was.notificationDestinationId : undefined;
  const found = own === undefined ? undefined : await store.destinations.find(caller.account.key, own);
  // Unique, and it says what it is for.
  const name = `Notification definition ${definitionId}`;
  const input = { ...settings(found), name };
  const made =
    found === undefined
      ? newDestination(deps, caller, ids.uuid(), input)
      : changedDestination(deps, found, input);
  if (!made.ok) return made;
  const { value } = made;
  return ok({
    destinationId: value.id,
    writes: [{ save: 'destination', value, ...(found !== undefined && { was: found }) }],
    events: [{ type: 'destination-saved', id: value.id }],
  });
};

/** Its own destination, unless callbacks of campaigns were given it too. */
const dropOwn = async (
  { store }: DestinationDeps,
  caller: Caller,
  was: StoredDefinition | undefined,
): Promise<Planned> => {
  if (was?.ownDestination !== true) return ok(none);
  const { notificationDestinationId: id } = was;
  const account = caller.account.key;
  const found = await store.destinations.find(account, id);
  if (found === undefined) return ok(none);
  const others = (await store.subscriptions.ofDestination(account, id)).filter((one) => one.id !== was.id);
  if (others.length > 0) {
    const by = [...new Set(others.map(({ campaignId }) => campaignId ?? 'the account'))].slice(0, 10);
    return refused({ code: 'in-use', entity: 'destination', id, by });
  }
  return ok({
    destinationId: '',
    writes: [{ drop: 'destination', was: found }],
    events: [{ type: 'destination-deleted', id }],
  });
};

const subscriptionWrite = async (
  { store, clock }: DestinationDeps,
  caller: Caller,
  id: string,
  form: Pick<Subscription, 'destinationId' | 'path' | 'headers' | 'template'>,
): Promise<Omit<Beside, 'destinationId'>> => {
  const was = await store.subscriptions.find(caller.account.key, id);
  const value: Subscription = {
    ...{ campaign: null, campaignId: null, wire: 'pulse', topic: DEFINITION_TOPIC, only: [] },
    ...form,
    id,
    createdBy: was?.createdBy ?? signatureOf(caller.actor),
    createdAt: was?.createdAt ?? clock(),
  };
  return {
    writes: [{ save: 'subscription', value, ...(was !== undefined && { was }) }],
    events: [{ type: 'subscription-saved', id }],
  };
};
