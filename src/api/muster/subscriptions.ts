import type { Subscription as SubscriptionRecord } from '../../app/delivery-records.ts';
import type { Clock, Ids, Store } from '../../app/ports.ts';
import {
  createSubscription,
  deleteSubscription,
  editSubscription,
  getSubscription,
  listSubscriptions,
} from '../../app/subscriptions.ts';
import { ok } from '../../domain/result.ts';
import type { Subscription, subscriptionRoutes } from '../../wire/muster/subscriptions.ts';
import type { Handlers } from './call.ts';
import { fromPaging, toInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';

const toSubscription = (subscription: SubscriptionRecord & { readonly version: number }): Subscription => ({
  id: subscription.id,
  destination: subscription.destinationId,
  campaign: subscription.campaignId,
  wire: subscription.wire,
  topic: subscription.topic,
  only: [...subscription.only],
  path: subscription.path,
  headers: subscription.headers.map(({ name, value }) => ({ name, value })),
  template: subscription.template,
  createdBy: subscription.createdBy,
  createdAt: toInstant(subscription.createdAt),
  revision: subscription.version,
});

export const subscriptionHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
}): Handlers<typeof subscriptionRoutes> => ({
  listSubscriptions: async ({ caller, query }) => {
    const page = fromPaging(query);
    return page.ok ? ok(toPage(await listSubscriptions(deps, caller, page.value), toSubscription)) : page;
  },
  createSubscription: async ({ caller, body, repeatable }) => {
    const { destination, campaign = null, only = [], path = '', headers = [], template = '' } = body;
    const input = { destinationId: destination, campaignId: campaign, only, path, headers, template };
    return mapped(await createSubscription(deps, caller, input, repeatable), toSubscription);
  },
  getSubscription: async ({ caller, params }) =>
    mapped(await getSubscription(deps, caller, params.subscription), toSubscription),
  editSubscription: async ({ caller, params, body, expected }) =>
    mapped(await editSubscription(deps, caller, params.subscription, body, expected), toSubscription),
  deleteSubscription: ({ caller, params, expected }) =>
    deleteSubscription(deps, caller, params.subscription, expected),
});
