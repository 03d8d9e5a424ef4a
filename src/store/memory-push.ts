import type { StoredDelivery, StoredSubscription } from '../app/delivery-records.ts';
import type { DeliveryFilter, Page, PageRequest } from '../app/lists.ts';
import type { Store } from '../app/ports.ts';
import type { StoredDocument } from '../app/records.ts';
import type { CampaignKey } from '../domain/ids.ts';
import {
  addDeliveries,
  claimDeliveries,
  deliveriesShown,
  expireDeliveries,
  findDelivery,
  replayDeliveries,
  settleDelivery,
} from './memory-deliveries.ts';
import { subscriptionsWhere } from './memory-push-writes.ts';
import { sliceOf } from './memory-slices.ts';
import { documentsOf, type Home, pageOf, type State } from './memory-state.ts';
import { take } from './memory-table.ts';
import { homeOf, transact } from './memory-writes.ts';

type At = (account: Home['account']) => Home;
type Pushed = Pick<Store, 'documents' | 'destinations' | 'subscriptions' | 'deliveries' | 'outbox'>;

/** What wires keep for their callers, and what is pushed where. */
export const push = (state: State, at: At): Pushed => ({
  documents: {
    find: async (account, kind, id) => documentsOf(at(account), kind).find(id)?.record,
    findByName: async (account, kind, name) => namedDocument(at(account), kind, name),
    list: async (account, kind, page) => pageOf(documentsOf(at(account), kind).entries(), page),
    slice: async (account, kind, slice) =>
      sliceOf(documentsOf(at(account), kind).entries(), ({ name }) => name, slice),
  },
  destinations: {
    find: async (account, id) => at(account).destinations.find(id)?.record,
    list: async (account, page) => pageOf(at(account).destinations.entries(), page),
    slice: async (account, slice) => sliceOf(at(account).destinations.entries(), ({ name }) => name, slice),
  },
  subscriptions: {
    find: async (account, id) => at(account).subscriptions.find(id)?.record,
    list: async (account, page) => pageOf(at(account).subscriptions.entries(), page),
    about: async (account, campaign) => subscriptionsAbout(at(account), campaign),
    ofDestination: async (account, destinationId) =>
      subscriptionsWhere(at(account), (found) => found.destinationId === destinationId),
  },
  deliveries: {
    find: async (account, id) => findDelivery(at(account), id),
    list: async (account, filter, page) => listDeliveries(at(account), filter, page),
    add: async (account, deliveries) => {
      transact((undo) => {
        addDeliveries(undo, homeOf(state, account), deliveries);
        return {};
      });
    },
    claim: async (...terms) => claimDeliveries(state.homes.values(), ...terms),
    settle: async (settlements) => {
      transact((undo) => {
        for (const each of settlements) settleDelivery(undo, homeOf(state, each.was.account), each);
        return {};
      });
    },
    replay: async (account, which, now) =>
      transact((undo) => replayDeliveries(undo, at(account), which, now)).count,
    expire: async (before) => {
      transact((undo) => {
        for (const home of state.homes.values()) expireDeliveries(undo, home, before);
        return {};
      });
    },
  },
  outbox: {
    claim: async (...terms) => claimEvents(state, ...terms),
    done: async (events, deliveries) => {
      transact((undo) => {
        for (const delivery of deliveries) addDeliveries(undo, homeOf(state, delivery.account), [delivery]);
        for (const { account, seq } of events) take(undo, homeOf(state, account).outbox, seq);
        return {};
      });
    },
  },
});

const namedDocument = (home: Home, kind: string, name: string): StoredDocument | undefined => {
  const wanted = name.toLowerCase();
  const found = documentsOf(home, kind)
    .entries()
    .find(({ record }) => wanted !== '' && record.name.toLowerCase() === wanted);
  return found?.record;
};

const subscriptionsAbout = (home: Home, campaign: CampaignKey | null): readonly StoredSubscription[] =>
  subscriptionsWhere(home, (found) => found.campaign === null || found.campaign === campaign);

/** The newest first: the next page is of those with smaller keys. */
const listDeliveries = (
  home: Home,
  filter: DeliveryFilter,
  { after, limit }: PageRequest,
): Page<StoredDelivery> => {
  const rest = deliveriesShown(home, filter).filter(({ key }) => key < after);
  const shown = rest.slice(0, limit);
  return {
    items: shown.map(({ record }) => record),
    next: rest.length > limit ? (shown.at(-1)?.key ?? after) : null,
  };
};

/** The accounts of which something is claimable, each with what waits in the outbox in order. */
const claimable = (
  state: State,
  now: number,
): readonly { readonly home: Home; readonly seqs: readonly number[] }[] =>
  [...state.homes.values()]
    .filter(({ outbox }) => outbox.size > 0 && [...outbox.values()].every((lease) => lease <= now))
    .map((home) => ({ home, seqs: [...home.outbox.keys()].sort((a, b) => a - b) }));

/** Claims events as `Store.outbox.claim` says; accounts share the limit. */
const claimEvents = (
  state: State,
  ...[now, leaseUntil, limit]: Parameters<Store['outbox']['claim']>
): Awaited<ReturnType<Store['outbox']['claim']>> => {
  const accounts = claimable(state, now).slice(0, limit);
  return accounts.flatMap(({ home, seqs }, index) => {
    const share = Math.floor(limit / accounts.length) + (index < limit % accounts.length ? 1 : 0);
    const taken = seqs.slice(0, share);
    for (const seq of taken) home.outbox.set(seq, leaseUntil);
    return taken.map((seq) => home.events.get(seq)).filter((event) => event !== undefined);
  });
};
