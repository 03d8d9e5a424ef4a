import Type, { type Static } from 'typebox';
import { Count, exact, Id, Instant, nullable, page, paging, word } from './common.ts';
import { routeTable } from './route.ts';

const statuses = ['waiting', 'delivered', 'dead'] as const;

const Attempt = exact({
  at: Instant,
  url: Type.String({ description: 'Where it was sent.' }),
  headers: Type.Record(Type.String(), Type.String(), {
    description: 'Those that it was sent with, but for the proof of who sent it.',
  }),
  tookMilliseconds: Count,
  status: nullable(Type.Integer({ description: 'None when no answer came.' })),
  problem: Type.String({ description: 'Why it failed; empty when it did not.' }),
  answer: Type.String({ description: 'The beginning of the answer.' }),
});

const listed = {
  id: Type.String({ description: 'What `webhook-id` says, the same in each attempt.' }),
  destination: Type.String(),
  subscription: Type.String(),
  event: Type.String(),
  seq: Type.Integer({ description: 'The number of the event in the account.' }),
  status: word(statuses),
  tries: Count,
  createdAt: Instant,
  nextAttemptAt: nullable(Instant),
};

export const Delivery = exact({ ...listed, lastAttempt: nullable(Attempt) });
export type Delivery = Static<typeof Delivery>;

export const WholeDelivery = exact({
  ...listed,
  campaign: nullable(Type.String()),
  device: nullable(Type.String()),
  body: Type.String({ description: 'The message, before a template.' }),
  attempts: Type.Array(Attempt, { description: 'The latest twenty, oldest first.' }),
});
export type WholeDelivery = Static<typeof WholeDelivery>;

const params = exact({ delivery: Id });
const tag = 'Deliveries';

export const deliveryRoutes = routeTable({
  listDeliveries: {
    method: 'GET',
    path: '/deliveries',
    access: 'View Notification Destination',
    tag,
    summary: 'List what was pushed or is to be, newest first',
    query: exact({
      ...paging,
      destination: Type.Optional(Id),
      campaign: Type.Optional(Id),
      status: Type.Optional(Type.Array(word(statuses), { maxItems: statuses.length })),
      from: Type.Optional(Instant),
      to: Type.Optional(Instant),
    }),
    status: 200,
    reply: page(Delivery),
  },
  getDelivery: {
    method: 'GET',
    path: '/deliveries/:delivery',
    access: 'View Notification Destination',
    tag,
    summary: 'Read a delivery with its body and its attempts',
    params,
    status: 200,
    reply: WholeDelivery,
  },
  replayDelivery: {
    method: 'POST',
    path: '/deliveries/:delivery/replay',
    access: 'Edit Notification Destination',
    tag,
    summary: 'Send a delivery again, from the beginning of its retries',
    description: 'It keeps its id. One that waits anyhow goes on waiting.',
    params,
    status: 202,
    reply: WholeDelivery,
  },
});
