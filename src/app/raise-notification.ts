import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { HOUR, type Instant } from '../domain/time.ts';
import { type Caller, signatureOf } from './caller.ts';
import { event, save } from './change.ts';
import { DEFINITION_KIND, type StoredDefinition, toDefinition } from './definition-record.ts';
import type { StoredDelivery } from './delivery-records.ts';
import type { Slice, Sliced } from './lists.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { StoredDocument } from './records.ts';

const INSTANCE_KIND = 'pulse/notification-instance';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Tells the background that there is something to send. */
  readonly wake: () => void;
};

/** What somebody has to tell, in their own words. */
export type Notice = {
  readonly entityType: string;
  readonly entityId: string;
  readonly entityName: string;
  readonly entityState: string;
  readonly additionalDetails: readonly { readonly key: string; readonly valueString: string }[];
};

type InstanceBody = Notice & { readonly notificationDefinitionId: string };

/** A notification that was raised. What became of it is kept as long as deliveries are, and then `forgotten`. */
export type Instance = InstanceBody & {
  readonly id: string;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly status: StoredDelivery['status'] | 'forgotten';
};

/** Why a notification cannot go out, beside what refusals say: there is nowhere that it could be sent. */
export type Unsendable = {
  readonly code: 'notification/unsendable';
  readonly why: 'mail' | 'no-destination';
};

const about = (id: string) => ({ entity: 'document', id }) as const;

const findSendable = async (
  { store }: Deps,
  caller: Caller,
  id: string,
): Promise<Result<StoredDefinition, Refusal | Unsendable>> => {
  const account = caller.account.key;
  const document = await store.documents.find(account, DEFINITION_KIND, id);
  if (document === undefined) return refused({ code: 'not-found', ...about(id) });
  const definition = toDefinition(document);
  if (definition.httpParameters === null) return refused({ code: 'notification/unsendable', why: 'mail' });
  const [destination, subscription] = await Promise.all([
    store.destinations.find(account, definition.notificationDestinationId),
    store.subscriptions.find(account, id),
  ]);
  return destination === undefined || subscription === undefined
    ? refused({ code: 'notification/unsendable', why: 'no-destination' })
    : ok(definition);
};

/** It takes its place behind everything that has happened so far. */
const lastSeq = async ({ store }: Deps, caller: Caller): Promise<number> => {
  const page = { before: Number.MAX_SAFE_INTEGER, limit: 1 };
  const [last] = await store.events.list(caller.account.key, { campaign: null, device: null }, page);
  return last?.seq ?? 0;
};

/**
 * Sends what somebody has to tell to the destination of a definition, and keeps that it was raised. The message is
 * queued before the record of it is written: after a crash in between it is sent without one, and never the other way
 * around. Answers the id of both.
 */
export const raiseNotification = async (
  deps: Deps,
  caller: Caller,
  definitionId: string,
  notice: Notice,
): Promise<Result<string, Refusal | Unsendable>> => {
  const { store, clock, ids } = deps;
  const definition = await findSendable(deps, caller, definitionId);
  if (!definition.ok) return definition;
  const [id, now, seq] = [ids.uuid(), clock(), await lastSeq(deps, caller)];
  const body: InstanceBody = { notificationDefinitionId: definitionId, ...notice };
  await store.deliveries.add(caller.account.key, [
    {
      ...{ id, seq, destinationId: definition.value.notificationDestinationId, subscriptionId: definitionId },
      ...{ campaign: null, device: null, event: 'NOTIFICATION', latestOnly: false },
      body: JSON.stringify({ id, timestamp: `${now}`, ...body }),
      ...{ createdAt: now, dueAt: now, status: 'waiting', attempts: [], tries: 0 },
    },
  ]);
  const by = { actor: caller.actor, at: now };
  const createdBy = signatureOf(caller.actor);
  const value = { kind: INSTANCE_KIND, id, name: '', body, createdBy, createdAt: now };
  const saved = await save(store, about(id), async () =>
    ok({
      change: {
        account: caller.account.key,
        writes: [{ save: 'document', value }],
        events: [event({ type: 'document-saved', kind: INSTANCE_KIND, id }, by)],
      },
      value: id,
    }),
  );
  deps.wake();
  await dropForgotten(deps, caller);
  return saved;
};

/** Records outlive the deliveries they tell of by little: each new one makes room. */
const PER_NOTIFICATION = 2;
const YOUNGEST = HOUR;

const dropForgotten = async ({ store, clock }: Deps, caller: Caller): Promise<void> => {
  const account = caller.account.key;
  const page = { after: 0, limit: PER_NOTIFICATION };
  const { items } = await store.documents.list(account, INSTANCE_KIND, page);
  for (const was of items) {
    if (clock() - was.createdAt < YOUNGEST) return;
    if ((await store.deliveries.find(account, was.id)) !== undefined) return;
    // Whoever raises one at the same moment may drop it first.
    await store.commit({ account, writes: [{ drop: 'document', was }], events: [] });
  }
};

const toInstance = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  document: StoredDocument,
): Promise<Instance> => {
  const delivery = await store.deliveries.find(caller.account.key, document.id);
  const { id, createdAt, createdBy } = document;
  const status = delivery?.status ?? 'forgotten';
  return { ...(document.body as InstanceBody), id, createdAt, createdBy, status };
};

/** The notifications that were raised in the caller's account, as a page by its place. */
export const sliceInstances = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  slice: Slice,
): Promise<Sliced<Instance>> => {
  const { items, total } = await deps.store.documents.slice(caller.account.key, INSTANCE_KIND, slice);
  return { items: await Promise.all(items.map((one) => toInstance(deps, caller, one))), total };
};

/** A notification that was raised in the caller's account, by its id. */
export const getInstance = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<Instance, Refusal>> => {
  const found = await deps.store.documents.find(caller.account.key, INSTANCE_KIND, id);
  return found === undefined
    ? refused({ code: 'not-found', ...about(id) })
    : ok(await toInstance(deps, caller, found));
};
