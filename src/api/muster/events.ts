import type { StoredEvent } from '../../app/event-records.ts';
import {
  type HistoryFilter,
  type HistoryOf,
  listHistory,
  listTimeline,
  type TimelineEvent,
} from '../../app/history.ts';
import type { Store } from '../../app/ports.ts';
import type { Principal } from '../../app/sign-in.ts';
import type { Event, eventRoutes, TimelineEvent as Listed } from '../../wire/muster/events.ts';
import type { Handlers } from './call.ts';
import { fromInstant, fromPaging, toInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';

/** An event of the history in this wire's form. */
export const toEvent = ({ seq, at, actor, wire, body }: StoredEvent): Event => {
  const { type, ...data } = body;
  return {
    seq,
    at: toInstant(at),
    type,
    actor: { kind: actor.kind, id: actor.kind === 'server' ? null : actor.id },
    wire: wire ?? null,
    data,
  };
};

const toListed = (event: TimelineEvent): Listed => ({
  ...toEvent(event),
  campaign: event.campaignId,
  device: event.deviceId,
});

type Query = {
  cursor?: string | undefined;
  limit?: number | undefined;
  types?: readonly string[] | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

const filterIn = ({ types, from, to }: Query): HistoryFilter => ({
  types,
  from: from === undefined ? undefined : fromInstant(from),
  to: to === undefined ? undefined : fromInstant(to),
});

export const eventHandlers = (deps: { readonly store: Store }): Handlers<typeof eventRoutes> => {
  const history = async (caller: Principal, of: HistoryOf, query: Query) => {
    const page = fromPaging(query);
    if (!page.ok) return page;
    const found = await listHistory(deps, caller, of, page.value, filterIn(query));
    return mapped(found, (events) => toPage(events, toEvent));
  };
  return {
    listEvents: async ({ caller, query }) => {
      const page = fromPaging(query);
      if (!page.ok) return page;
      const of = { campaign: query.campaign, device: query.device, ...filterIn(query) };
      return mapped(await listTimeline(deps, caller, of, page.value), (found) => toPage(found, toListed));
    },
    listCampaignEvents: ({ caller, params, query }) => history(caller, params, query),
    listCampaignDeviceEvents: ({ caller, params, query }) => history(caller, params, query),
    listDeviceEvents: ({ caller, params, query }) => history(caller, params, query),
  };
};
