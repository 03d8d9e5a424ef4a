import type { StoredAccount } from '../../app/account-records.ts';
import {
  createDefinition,
  deleteDefinition,
  editDefinition,
  getDefinition,
  sliceDefinitions,
} from '../../app/pulse-definitions.ts';
import {
  getInstance,
  type Instance as Raised,
  raiseNotification,
  sliceInstances,
  type Unsendable,
} from '../../app/raise-notification.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import type { Instance, notificationRoutes } from '../../wire/pulse/notifications.ts';
import type { Handlers } from './call.ts';
import { definitionInput, toDefinition } from './definition-map.ts';
import { members } from './destination-map.ts';
import { BadRequest } from './errors.ts';
import { emptied, mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import { inFields, inWords } from './phrases.ts';
import type { PulseDeps } from './plugin.ts';

const definition = { noun: 'notification definition' };
const instance = { noun: 'notification instance' };

const statuses = {
  waiting: 'WAITING',
  delivered: 'DELIVERED',
  dead: 'FAILED',
  forgotten: 'EXPIRED',
} as const;

const toInstance =
  ({ id: orgId }: StoredAccount) =>
  ({ createdAt, status, additionalDetails, ...said }: Raised): Instance => ({
    ...said,
    additionalDetails: [...additionalDetails],
    status: statuses[status],
    orgId,
    createdTime: `${createdAt}`,
  });

const reasons: Readonly<Record<Unsendable['why'], string>> = {
  mail: 'no mail is sent by this server',
  'no-destination': 'the destination of this notification definition was deleted',
};

/** There is a definition, but nothing that could be done with it. */
const sendable = <Value>(result: Result<Value, Refusal | Unsendable>): Result<Value, Refusal> => {
  if (result.ok) return result;
  const { refusal } = result;
  if (refusal.code === 'notification/unsendable')
    throw new BadRequest(reasons[refusal.why], 'FAILED_PRECONDITION', 400);
  return refused(refusal);
};

/** Definitions and instances of notifications. */
export const notificationHandlers = (deps: PulseDeps): Handlers<typeof notificationRoutes> => ({
  listNotificationDefinitions: async ({ caller, query }) => {
    const paging = pagingOf(query, deps.settings.firstPage);
    const { items, total } = await sliceDefinitions(deps, caller, paging.slice);
    return ok({
      notificationDefinitions: items.map(toDefinition(caller.account)),
      pageInfo: toPageResponse(paging, total),
    });
  },
  createNotificationDefinition: async ({ caller, body }) => {
    const created = await createDefinition(deps, caller, definitionInput(body, undefined));
    return mapped(inWords(inFields(created, members), definition), (id) => ({ id }));
  },
  getNotificationDefinition: async ({ caller, params }) =>
    mapped(
      inWords(await getDefinition(deps, caller, params['definitionId'] ?? ''), definition),
      toDefinition(caller.account),
    ),
  editNotificationDefinition: async ({ caller, params, body }) => {
    const id = params['definitionId'] ?? '';
    const edited = await editDefinition(deps, caller, id, (was) => definitionInput(body, was));
    return mapped(inWords(inFields(edited, members), definition), () => ({ id }));
  },
  deleteNotificationDefinition: async ({ caller, params }) =>
    emptied(inWords(await deleteDefinition(deps, caller, params['definitionId'] ?? ''), definition)),
  listNotificationInstances: async ({ caller, query }) => {
    const paging = pagingOf(query, deps.settings.firstPage);
    const { items, total } = await sliceInstances(deps, caller, paging.slice);
    return ok({
      notificationInstances: items.map(toInstance(caller.account)),
      pageInfo: toPageResponse(paging, total),
    });
  },
  createNotificationInstance: async ({ caller, body }) => {
    const { notificationDefinitionId, additionalDetails = [], ...said } = body;
    const notice = {
      ...{ entityType: '', entityId: '', entityName: '', entityState: '' },
      ...said,
      additionalDetails: additionalDetails.map(({ key, valueString = '' }) => ({ key, valueString })),
    };
    const raised = await raiseNotification(deps, caller, notificationDefinitionId, notice);
    return mapped(inWords(sendable(raised), definition), (id) => ({ id }));
  },
  getNotificationInstance: async ({ caller, params }) =>
    mapped(
      inWords(await getInstance(deps, caller, params['instanceId'] ?? ''), instance),
      toInstance(caller.account),
    ),
});
