import type { StoredSubscription, Subscription } from '../app/delivery-records.ts';
import type { Write } from '../app/writes.ts';
import { dropWaiting } from './memory-deliveries.ts';
import { documentsOf, type Home } from './memory-state.ts';
import type { Problem, Undo } from './memory-table.ts';

type Save<Name> = Extract<Write, { readonly save: Name }>;
type Drop<Name> = Extract<Write, { readonly drop: Name }>;

export const saveDocument = (
  undo: Undo,
  home: Home,
  { was, value }: Save<'document'>,
): Problem | undefined => {
  const documents = documentsOf(home, value.kind);
  return was === undefined ? documents.insert(undo, value) : documents.replace(undo, was, value);
};

export const dropDocument = (undo: Undo, home: Home, { was }: Drop<'document'>): Problem | undefined =>
  documentsOf(home, was.kind).remove(undo, was);

/** Drops a destination with its subscriptions and what waits for it; what was settled stays. */
export const dropDestination = (
  undo: Undo,
  home: Home,
  { was }: Drop<'destination'>,
): Problem | undefined => {
  const problem = home.destinations.remove(undo, was);
  if (problem !== undefined) return problem;
  dropWaiting(undo, home, ({ destinationId }) => destinationId === was.id);
  dropSubscriptions(undo, home, (found) => found.destinationId === was.id);
  return undefined;
};

export const dropSubscription = (
  undo: Undo,
  home: Home,
  { was }: Drop<'subscription'>,
): Problem | undefined => {
  const problem = home.subscriptions.remove(undo, was);
  if (problem !== undefined) return problem;
  dropWaiting(undo, home, ({ subscriptionId }) => subscriptionId === was.id);
  return undefined;
};

/** Drops subscriptions with what waits of them. */
export const dropSubscriptions = (
  undo: Undo,
  home: Home,
  isMeant: (subscription: Subscription) => boolean,
): void => {
  for (const was of subscriptionsWhere(home, isMeant))
    dropSubscription(undo, home, { drop: 'subscription', was });
};

/** Those that are meant, oldest first. */
export const subscriptionsWhere = (
  home: Home,
  isMeant: (subscription: Subscription) => boolean,
): readonly StoredSubscription[] =>
  home.subscriptions
    .entries()
    .map(({ record }) => record)
    .filter(isMeant);
