import Type, { type Static } from 'typebox';
import { exact, Id, Instant, nullable, page, paging, Revision, word } from './common.ts';
import { Headers } from './destinations.ts';
import { routeTable } from './route.ts';

const form = {
  only: Type.Array(Type.String({ maxLength: 64 }), {
    maxItems: 100,
    uniqueItems: true,
    description: 'Only these types of events, such as `campaign-started`; none names all.',
  }),
  path: Type.String({
    maxLength: 1024,
    description: "Replaces path and query of the destination's URL; empty leaves them.",
  }),
  headers: Headers,
  template: Type.String({
    maxLength: 65_536,
    pattern: '^[^\\u0000]*$',
    description:
      'Replaces the body. `{{type}}` or `{{data.campaign.name}}` stand for members of it: text is escaped for a ' +
      'JSON string, everything else is put in as JSON.',
  }),
};

export const Subscription = exact({
  id: Type.String(),
  destination: Type.String(),
  campaign: nullable(Type.String()),
  wire: word(['muster', 'pulse', 'thingspace'], {
    description: 'In whose form it tells. Those of other wires are changed there.',
  }),
  topic: Type.String({ description: "The wire's word for what it is about." }),
  ...form,
  createdBy: Type.String(),
  createdAt: Instant,
  revision: Revision,
});
export type Subscription = Static<typeof Subscription>;

const optional = Type.Partial(Type.Object(form)).properties;
const params = exact({ subscription: Id });
const tag = 'Subscriptions';

export const subscriptionRoutes = routeTable({
  listSubscriptions: {
    method: 'GET',
    path: '/subscriptions',
    access: 'View Notification Definition',
    tag,
    summary: 'List which destination is told what',
    query: exact(paging),
    status: 200,
    reply: page(Subscription),
  },
  createSubscription: {
    method: 'POST',
    path: '/subscriptions',
    access: 'Create Notification Definition',
    tag,
    summary: 'Tell a destination of events from now on',
    body: exact({
      destination: Id,
      campaign: Type.Optional(
        nullable(Type.String({ ...Id, description: 'Only events of this campaign; else of the account.' })),
      ),
      ...optional,
    }),
    status: 201,
    reply: Subscription,
    idempotent: true,
  },
  getSubscription: {
    method: 'GET',
    path: '/subscriptions/:subscription',
    access: 'View Notification Definition',
    tag,
    summary: 'Read a subscription',
    params,
    status: 200,
    reply: Subscription,
  },
  editSubscription: {
    method: 'PATCH',
    path: '/subscriptions/:subscription',
    access: 'Edit Notification Definition',
    tag,
    summary: 'Change which events are told and how',
    params,
    body: exact(optional),
    status: 200,
    reply: Subscription,
    conditional: true,
  },
  deleteSubscription: {
    method: 'DELETE',
    path: '/subscriptions/:subscription',
    access: 'Delete Notification Definition',
    tag,
    summary: 'End a subscription with what waits of it',
    params,
    status: 204,
    conditional: true,
  },
});
