import Type, { type Static } from 'typebox';
import { Counts } from './campaigns.ts';
import { exact, Id, nullable } from './common.ts';
import { Event } from './events.ts';
import { routeTable } from './route.ts';

/** An event of the history, with what it is about. */
export const StreamedEvent = exact({
  ...Event.properties,
  campaign: nullable(Type.String()),
  device: nullable(Type.String()),
});
export type StreamedEvent = Static<typeof StreamedEvent>;

/** The data of each message of a stream, by the name of the message. */
export const streamMessages = {
  events: exact({ events: Type.Array(StreamedEvent) }),
  'campaign-progress': exact({ campaign: Type.String(), status: Type.String(), counts: Counts }),
  reset: exact({ seq: Type.Integer() }),
} as const;
export type StreamMessages = typeof streamMessages;

export const streamRoutes = routeTable({
  openStream: {
    method: 'GET',
    path: '/stream',
    access: 'signed-in',
    tag: 'History',
    summary: 'Follow what happens, as server-sent events',
    description:
      'Tells what is about campaigns to those with View Campaign, and what is about devices to those with View ' +
      'Device; one of them is needed. At most ten messages a second: `events` has events of the history in order, ' +
      '`campaign-progress` the counts of a campaign after it moved, the latest only, and `reset` says that more ' +
      'happened than is told, so that everything is to be read anew. The id of a message is where to go on after it; ' +
      'give the last one as Last-Event-ID. Events may come twice: tell them by `seq`.',
    query: exact({
      campaign: Type.Optional(Id),
      device: Type.Optional(Id),
      types: Type.Optional(
        Type.Array(Type.String({ maxLength: 64 }), {
          maxItems: 100,
          description: 'Only these types of events; does not hold back how far campaigns are.',
        }),
      ),
    }),
    status: 200,
    replies: 'text/event-stream',
  },
});
