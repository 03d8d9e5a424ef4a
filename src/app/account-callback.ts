import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import { DAY, SECOND } from '../domain/time.ts';
import { type Caller, signatureOf } from './caller.ts';
import { event, save } from './change.ts';
import type { Destination, StoredDestination, StoredSubscription, Subscription } from './delivery-records.ts';
import {
  changedDestination,
  type DestinationDeps,
  type DestinationSettings,
  defaultDestination,
  newDestination,
} from './destinations.ts';
import type { EventBody } from './event-records.ts';
import type { Store } from './ports.ts';
import type { Write } from './writes.ts';

type Reading = { readonly store: Store };

/** Which of an account's callbacks: a wire has at most one about each of its topics. */
export type CallbackTopic = Pick<Subscription, 'wire' | 'topic'>;
/** What one says; the name is that of the destination, which is made for it. */
export type CallbackInput = CallbackTopic & Pick<DestinationSettings, 'name' | 'url' | 'authentication'>;

export type AccountCallback = {
  readonly subscription: StoredSubscription;
  readonly destination: StoredDestination;
};

/** Retries from ten seconds on for a day, each device's messages in their order (reference: ThingSpace 5.2). */
const usual: Pick<DestinationSettings, 'order' | 'retry'> = {
  order: 'strict',
  retry: { interval: 10 * SECOND, attempts: 100, within: DAY },
};

const subscriptionOf = async (
  { store }: Reading,
  { account }: Pick<Caller, 'account'>,
  { wire, topic }: CallbackTopic,
): Promise<StoredSubscription | undefined> => {
  const about = await store.subscriptions.about(account.key, null);
  return about.find((one) => one.campaign === null && one.wire === wire && one.topic === topic);
};

/** What an account is called back with about a topic; `undefined` when nobody is. */
export const getAccountCallback = async (
  { store }: Reading,
  caller: Pick<Caller, 'account'>,
  topic: CallbackTopic,
): Promise<AccountCallback | undefined> => {
  const subscription = await subscriptionOf({ store }, caller, topic);
  if (subscription === undefined) return undefined;
  const destination = await store.destinations.find(caller.account.key, subscription.destinationId);
  return destination && { subscription, destination };
};

const PAGE = 1_000;

/** A destination of this name without a callback, as a removed subscription may have left it. */
const findNamed = async (
  { store }: Reading,
  { account }: Pick<Caller, 'account'>,
  name: string,
): Promise<StoredDestination | undefined> => {
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof store.destinations.list>> = await store.destinations.list(
      account.key,
      { after, limit: PAGE },
    );
    const found = page.items.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    after = page.next;
  }
  return undefined;
};

const destinationFor = (
  deps: DestinationDeps,
  caller: Caller,
  was: StoredDestination | undefined,
  { name, url, authentication }: CallbackInput,
): Result<Destination, Refusal> => {
  if (was === undefined) {
    const input = { ...defaultDestination, ...usual, name, url, authentication };
    return newDestination(deps, caller, deps.ids.uuid(), input);
  }
  const changed = changedDestination(deps, was, { url, authentication });
  // Whoever registers again says that somebody listens.
  return changed.ok ? ok({ ...changed.value, disabled: null, failingSince: null }) : changed;
};

type Step = { readonly write: Write; readonly body: EventBody };

const destinationSteps = (was: StoredDestination | undefined, value: Destination): readonly Step[] =>
  was !== undefined && JSON.stringify(was) === JSON.stringify(value)
    ? []
    : [
        {
          write: { save: 'destination', value, ...(was !== undefined && { was }) },
          body: { type: 'destination-saved', id: value.id },
        },
      ];

const subscriptionSteps = (
  deps: DestinationDeps,
  caller: Caller,
  { wire, topic }: CallbackTopic,
  destinationId: string,
): readonly Step[] => {
  const value: Subscription = {
    ...{ id: deps.ids.uuid(), destinationId, wire, topic, campaign: null, campaignId: null },
    ...{ only: [], path: '', headers: [], template: '' },
    ...{ createdBy: signatureOf(caller.actor), createdAt: deps.clock() },
  };
  return [{ write: { save: 'subscription', value }, body: { type: 'subscription-saved', id: value.id } }];
};

const written = (deps: Pick<DestinationDeps, 'clock'>, caller: Caller, steps: readonly Step[]) => {
  const by = { actor: caller.actor, at: deps.clock() };
  return {
    account: caller.account.key,
    writes: steps.map(({ write }) => write),
    events: steps.map(({ body }) => event(body, by)),
  };
};

/** Has an account called back at a URL about a topic, in place of the one before. A repeat changes nothing. */
export const setAccountCallback = (
  deps: DestinationDeps,
  caller: Caller,
  input: CallbackInput,
): Promise<Result<string, Refusal>> =>
  save<string>(deps.store, { entity: 'subscription', id: input.topic }, async () => {
    const present = await getAccountCallback(deps, caller, input);
    const was = present?.destination ?? (await findNamed(deps, caller, input.name));
    const destination = destinationFor(deps, caller, was, input);
    if (!destination.ok) return destination;
    const { id, url } = destination.value;
    const steps = [
      ...destinationSteps(was, destination.value),
      ...(present === undefined ? subscriptionSteps(deps, caller, input, id) : []),
    ];
    return ok({ change: written(deps, caller, steps), value: url });
  });

/** Has nobody called back about a topic. The destination goes too, unless others are told there. */
export const dropAccountCallback = (
  deps: Pick<DestinationDeps, 'store' | 'clock'>,
  caller: Caller,
  topic: CallbackTopic,
): Promise<Result<undefined, Refusal>> =>
  save<undefined>(deps.store, { entity: 'subscription', id: topic.topic }, async () => {
    const present = await getAccountCallback(deps, caller, topic);
    if (present === undefined) return ok({ change: written(deps, caller, []), value: undefined });
    const { destination, subscription } = present;
    const there = await deps.store.subscriptions.ofDestination(caller.account.key, destination.id);
    const isShared = there.some(({ id }) => id !== subscription.id);
    const gone: readonly Step[] = [
      {
        write: { drop: 'subscription', was: subscription },
        body: { type: 'subscription-deleted', id: subscription.id },
      },
      ...(isShared
        ? []
        : [
            {
              write: { drop: 'destination', was: destination },
              body: { type: 'destination-deleted', id: destination.id },
            } as const,
          ]),
    ];
    return ok({ change: written(deps, caller, gone), value: undefined });
  });
