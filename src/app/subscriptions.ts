import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { type Caller, signatureOf } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import { asExpected, event, madeBefore, type Repeatable, save } from './change.ts';
import type { StoredSubscription, Subscription } from './delivery-records.ts';
import { getDestination } from './destinations.ts';
import { eventTypes, isEventType } from './event-types.ts';
import type { Page, PageRequest } from './lists.ts';
import type { Clock, Ids, Store } from './ports.ts';
import { headersProblem } from './push-headers.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

type Form = Pick<Subscription, 'only' | 'path' | 'headers' | 'template'>;
/** `campaignId: null` is about every event of the account. */
export type SubscriptionInput = Form & Pick<Subscription, 'destinationId' | 'campaignId'>;
export type SubscriptionPatch = { readonly [Field in keyof Form]?: Form[Field] | undefined };

const about = (id: string) => ({ entity: 'subscription', id }) as const;

/** Subscriptions of every wire, oldest first. */
export const listSubscriptions = (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  page: PageRequest,
): Promise<Page<StoredSubscription>> => store.subscriptions.list(caller.account.key, page);

/** A subscription of the caller's account by its id, whichever its wire. */
export const getSubscription = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<StoredSubscription, Refusal>> => {
  const found = await store.subscriptions.find(caller.account.key, id);
  return found === undefined ? refused({ code: 'not-found', ...about(id) }) : ok(found);
};

const problemOf = ({ only, ...form }: Form): Refusal | undefined => {
  const unknown = only.find((type) => !isEventType(type));
  if (unknown !== undefined) {
    const expected = `types of events: ${eventTypes.join(', ')}`;
    return { code: 'invalid', field: 'only', expected, got: JSON.stringify(unknown.slice(0, 80)) };
  }
  return addressProblem(form);
};

/** What is wrong with the path and the headers that messages are sent with. */
export const addressProblem = ({
  path,
  headers,
}: Pick<Subscription, 'path' | 'headers'>): Refusal | undefined => {
  // The characters that a path and a query may have as they are; what has to be escaped comes escaped.
  if (!/^(\/[!$-;=?-Z_a-z~]*)?$/.test(path)) {
    const expected = 'a path from / on, perhaps with a query, percent-encoded; or nothing';
    return { code: 'invalid', field: 'path', expected, got: JSON.stringify(path.slice(0, 80)) };
  }
  return headersProblem(headers);
};

/** Subscribes a destination to events in the form of the Muster API: those of a campaign, or of the whole account. */
export const createSubscription = (
  deps: Deps,
  caller: Caller,
  input: SubscriptionInput,
  repeatable?: Repeatable,
): Promise<Result<StoredSubscription, Refusal>> => {
  const { store, clock, ids } = deps;
  const account = caller.account.key;
  const id = ids.uuid();
  return save(store, about(id), async () => {
    const made = await madeBefore(store, account, repeatable);
    if (!made.ok) return made;
    if (made.value !== undefined) return unchanged(await getSubscription(deps, caller, made.value));
    const problem = problemOf(input);
    if (problem !== undefined) return refused(problem);
    const destination = await getDestination(deps, caller, input.destinationId);
    if (!destination.ok) return destination;
    const campaign = input.campaignId === null ? ok(null) : await getCampaign(deps, caller, input.campaignId);
    if (!campaign.ok) return campaign;
    const now = clock();
    const value: Subscription = {
      ...input,
      id,
      campaign: campaign.value?.key ?? null,
      wire: 'muster',
      topic: 'events',
      createdBy: signatureOf(caller.actor),
      createdAt: now,
    };
    return ok({
      change: {
        account,
        writes: [{ save: 'subscription', value }],
        events: [
          event(
            { type: 'subscription-saved', id },
            { actor: caller.actor, at: now },
            { campaign: value.campaign },
          ),
        ],
        idempotency: repeatable && { ...repeatable, ...about(id) },
      },
      value: { ...value, version: 1 },
    });
  });
};

/** A result that needs no write. */
const unchanged = <Value>(result: Result<Value, Refusal>) =>
  result.ok ? ok({ change: { account: null, writes: [], events: [] }, value: result.value }) : result;

/** One that this API made. Those of other wires mean what only they know, and are changed there. */
const ours = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  id: string,
  expected: number | undefined,
): Promise<Result<StoredSubscription, Refusal>> => {
  const found = await getSubscription(deps, caller, id);
  if (!found.ok) return found;
  const { wire } = found.value;
  if (wire !== 'muster') {
    const asked = 'a subscription of this API; those of others are changed where they were made';
    return refused({ code: 'invalid', field: 'wire', expected: asked, got: JSON.stringify(wire) });
  }
  return asExpected(found, expected, about(id));
};

/** Changes the given fields; it stays about the same events of the same place, to the same destination. */
export const editSubscription = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Caller,
  id: string,
  patch: SubscriptionPatch,
  expected?: number,
): Promise<Result<StoredSubscription, Refusal>> => {
  const { store, clock } = deps;
  return save(store, about(id), async () => {
    const found = await ours(deps, caller, id, expected);
    if (!found.ok) return found;
    const was = found.value;
    const value = {
      ...was,
      only: patch.only ?? was.only,
      path: patch.path ?? was.path,
      headers: patch.headers ?? was.headers,
      template: patch.template ?? was.template,
    };
    const problem = problemOf(value);
    if (problem !== undefined) return refused(problem);
    const by = { actor: caller.actor, at: clock() };
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ save: 'subscription', was, value }],
        events: [event({ type: 'subscription-saved', id }, by, { campaign: was.campaign })],
      },
      value: { ...value, version: was.version + 1 },
    });
  });
};

/** Ends a subscription; what waits of it is not sent. */
export const deleteSubscription = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Caller,
  id: string,
  expected?: number,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  return save(store, about(id), async () => {
    const found = await ours(deps, caller, id, expected);
    if (!found.ok) return found;
    const by = { actor: caller.actor, at: clock() };
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ drop: 'subscription', was: found.value }],
        events: [event({ type: 'subscription-deleted', id }, by, { campaign: found.value.campaign })],
      },
      value: undefined,
    });
  });
};
