import Type, { type Static } from 'typebox';
import { exact, Id, Instant, nullable, page, paging, word } from './common.ts';
import { routeTable } from './route.ts';

export const Event = exact({
  seq: Type.Integer({ description: 'Counts up within the account, without gaps.' }),
  at: Instant,
  type: Type.String(),
  actor: exact({ kind: word(['user', 'device', 'server']), id: Type.Union([Type.String(), Type.Null()]) }),
  wire: nullable(
    Type.String({ description: 'The API or device protocol that it came over, where it came over one.' }),
  ),
  data: Type.Record(Type.String(), Type.Unknown()),
});
export type Event = Static<typeof Event>;

/** An event in a timeline of everything. */
export const TimelineEvent = exact({
  ...Event.properties,
  campaign: nullable(Type.String()),
  device: nullable(Type.String()),
});
export type TimelineEvent = Static<typeof TimelineEvent>;

const filter = {
  types: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100, description: 'Only these types of events.' }),
  ),
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
};

const tag = 'History';

export const eventRoutes = routeTable({
  listEvents: {
    method: 'GET',
    path: '/events',
    access: 'signed-in',
    tag,
    summary: 'What happened, newest first, whatever wire it came over',
    description:
      'Of an account; of a campaign with all its devices; of a device; or of one in the other. Shows what is about ' +
      'campaigns to those with View Campaign, what is about devices to those with View Device, and the rest of an ' +
      'account to those with View Audit Logs too. A page may have fewer events than asked for, even none, and still a ' +
      '`next`: so far was looked.',
    query: exact({ ...paging, ...filter, campaign: Type.Optional(Id), device: Type.Optional(Id) }),
    status: 200,
    reply: page(TimelineEvent),
  },
  listCampaignEvents: {
    method: 'GET',
    path: '/campaigns/:campaign/events',
    access: 'View Campaign',
    tag,
    summary: 'What happened to a campaign, newest first',
    params: exact({ campaign: Id }),
    query: exact({ ...paging, ...filter }),
    status: 200,
    reply: page(Event),
  },
  listCampaignDeviceEvents: {
    method: 'GET',
    path: '/campaigns/:campaign/devices/:device/events',
    access: 'View Campaign',
    tag,
    summary: 'What happened to a device in a campaign, newest first',
    params: exact({ campaign: Id, device: Id }),
    query: exact({ ...paging, ...filter }),
    status: 200,
    reply: page(Event),
  },
  listDeviceEvents: {
    method: 'GET',
    path: '/devices/:device/events',
    access: 'View Device',
    tag,
    summary: 'What happened to a device, newest first',
    params: exact({ device: Id }),
    query: exact({ ...paging, ...filter }),
    status: 200,
    reply: page(Event),
  },
});
