import Type, { type Static } from 'typebox';
import { exact, Id, Instant, page, paging, word } from './common.ts';
import { routeTable } from './route.ts';

export const Event = exact({
  seq: Type.Integer({ description: 'Counts up within the account, without gaps.' }),
  at: Instant,
  type: Type.String(),
  actor: exact({ kind: word(['user', 'device', 'server']), id: Type.Union([Type.String(), Type.Null()]) }),
  data: Type.Record(Type.String(), Type.Unknown()),
});
export type Event = Static<typeof Event>;

const tag = 'History';

export const eventRoutes = routeTable({
  listCampaignEvents: {
    method: 'GET',
    path: '/campaigns/:campaign/events',
    access: 'View Campaign',
    tag,
    summary: 'What happened to a campaign, newest first',
    params: exact({ campaign: Id }),
    query: exact(paging),
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
    query: exact(paging),
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
    query: exact(paging),
    status: 200,
    reply: page(Event),
  },
});
