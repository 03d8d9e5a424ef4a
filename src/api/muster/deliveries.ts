import {
  type DeliveryQuery,
  getDelivery,
  listDeliveries,
  replayDelivery,
  type ShownDelivery,
} from '../../app/deliveries.ts';
import type { DeliveryAttempt, Delivery as DeliveryRecord } from '../../app/delivery-records.ts';
import type { Clock, Store } from '../../app/ports.ts';
import type { Delivery, deliveryRoutes, WholeDelivery } from '../../wire/muster/deliveries.ts';
import type { QueryOf } from '../../wire/muster/route.ts';
import type { Handlers } from './call.ts';
import { fromInstant, fromPaging, toInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';

const toAttempt = ({
  at,
  sent,
  took,
  status,
  problem,
  answer,
}: DeliveryAttempt): WholeDelivery['attempts'][number] => ({
  ...{ at: toInstant(at), url: sent.url, headers: { ...sent.headers }, tookMilliseconds: took },
  ...{ status, problem, answer },
});

const toListed = (delivery: DeliveryRecord) => ({
  id: delivery.id,
  destination: delivery.destinationId,
  subscription: delivery.subscriptionId,
  event: delivery.event,
  seq: delivery.seq,
  status: delivery.status,
  tries: delivery.tries,
  createdAt: toInstant(delivery.createdAt),
  nextAttemptAt: delivery.status === 'waiting' ? toInstant(delivery.dueAt) : null,
});

const toDelivery = (delivery: DeliveryRecord): Delivery => {
  const last = delivery.attempts.at(-1);
  return { ...toListed(delivery), lastAttempt: last === undefined ? null : toAttempt(last) };
};

const toWhole = (delivery: ShownDelivery): WholeDelivery => ({
  ...toListed(delivery),
  campaign: delivery.campaignId,
  device: delivery.deviceId,
  body: delivery.body,
  attempts: delivery.attempts.map(toAttempt),
});

const fromQuery = (query: QueryOf<(typeof deliveryRoutes)['listDeliveries']>): DeliveryQuery => ({
  destinationId: query.destination ?? '',
  campaignId: query.campaign ?? null,
  statuses: query.status ?? [],
  from: query.from === undefined ? null : fromInstant(query.from),
  to: query.to === undefined ? null : fromInstant(query.to),
});

export const deliveryHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  /** Tells the background that there may be work. */
  readonly wake: () => void;
}): Handlers<typeof deliveryRoutes> => ({
  listDeliveries: async ({ caller, query }) => {
    const page = fromPaging(query);
    if (!page.ok) return page;
    const found = await listDeliveries(deps, caller, fromQuery(query), page.value);
    return mapped(found, (deliveries) => toPage(deliveries, toDelivery));
  },
  getDelivery: async ({ caller, params }) =>
    mapped(await getDelivery(deps, caller, params.delivery), toWhole),
  replayDelivery: async ({ caller, params }) => {
    const replayed = await replayDelivery(deps, caller, params.delivery);
    deps.wake();
    return mapped(replayed, toWhole);
  },
});
