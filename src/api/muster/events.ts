import { type HistoryOf, listHistory } from '../../app/history.ts';
import type { Store } from '../../app/ports.ts';
import type { StoredEvent } from '../../app/records.ts';
import type { Principal } from '../../app/sign-in.ts';
import type { Event, eventRoutes } from '../../wire/muster/events.ts';
import type { Handlers } from './call.ts';
import { fromPaging, toInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';

const toEvent = ({ seq, at, actor, body }: StoredEvent): Event => {
  const { type, ...data } = body;
  return {
    seq,
    at: toInstant(at),
    type,
    actor: { kind: actor.kind, id: actor.kind === 'server' ? null : actor.id },
    data,
  };
};

export const eventHandlers = (deps: { readonly store: Store }): Handlers<typeof eventRoutes> => {
  const history = async (
    caller: Principal,
    of: HistoryOf,
    query: { cursor?: string | undefined; limit?: number | undefined },
  ) => {
    const page = fromPaging(query);
    if (!page.ok) return page;
    return mapped(await listHistory(deps, caller, of, page.value), (found) => toPage(found, toEvent));
  };
  return {
    listCampaignEvents: ({ caller, params, query }) => history(caller, params, query),
    listCampaignDeviceEvents: ({ caller, params, query }) => history(caller, params, query),
    listDeviceEvents: ({ caller, params, query }) => history(caller, params, query),
  };
};
