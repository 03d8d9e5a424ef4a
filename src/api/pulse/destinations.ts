import { createDestination, editDestination, getDestination } from '../../app/destinations.ts';
import { deleteUnusedDestination } from '../../app/pulse-definitions.ts';
import { ok } from '../../domain/result.ts';
import type { DestinationBody, destinationRoutes } from '../../wire/pulse/notification-destinations.ts';
import type { Handlers } from './call.ts';
import { members, newSettings, toDestination } from './destination-map.ts';
import { BadRequest } from './errors.ts';
import { emptied, mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import { inFields, named } from './phrases.ts';
import type { PulseDeps } from './plugin.ts';

const INVALID_NAME = 'Invalid Notification Destination Name';

const headersOf = ({ headers }: DestinationBody) => headers?.map(({ key, value }) => ({ name: key, value }));

const refuseSecret = ({ secret = '' }: DestinationBody): void => {
  if (secret !== '')
    throw new BadRequest(
      'secret: expected none here; the Muster API rotates it, so that both are valid for a while.',
    );
};

/** Servers that can be told. */
export const destinationHandlers = (deps: PulseDeps): Handlers<typeof destinationRoutes> => ({
  listNotificationDestinations: async ({ caller, query }) => {
    const paging = pagingOf(query, deps.settings.firstPage);
    const { items, total } = await deps.store.destinations.slice(caller.account.key, paging.slice);
    return ok({
      notificationDestinations: items.map(toDestination(caller.account)),
      pageInfo: toPageResponse(paging, total),
    });
  },
  createNotificationDestination: async ({ caller, body }) => {
    const input = {
      ...newSettings(body, undefined),
      name: named(body.name, INVALID_NAME),
      description: body.description ?? '',
      headers: headersOf(body) ?? [],
    };
    return mapped(
      inFields(await createDestination(deps, caller, input), members),
      ({ destination: { id } }) => ({ id }),
    );
  },
  getNotificationDestination: async ({ caller, params }) =>
    mapped(await getDestination(deps, caller, params['destinationId'] ?? ''), toDestination(caller.account)),
  editNotificationDestination: async ({ caller, params, body }) => {
    refuseSecret(body);
    const found = await getDestination(deps, caller, params['destinationId'] ?? '');
    if (!found.ok) return found;
    const { id, version } = found.value;
    const { secret: _, ...settings } = newSettings(body, found.value);
    const patch = {
      ...settings,
      name: body.name === undefined ? undefined : named(body.name, INVALID_NAME),
      description: body.description,
      headers: headersOf(body),
    };
    return mapped(inFields(await editDestination(deps, caller, id, patch, version), members), () => ({ id }));
  },
  deleteNotificationDestination: async ({ caller, params }) =>
    emptied(await deleteUnusedDestination(deps, caller, params['destinationId'] ?? '')),
});
