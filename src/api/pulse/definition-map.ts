import type { StoredAccount } from '../../app/account-records.ts';
import type { DefinitionBody as Kept, StoredDefinition } from '../../app/definition-record.ts';
import type { StoredDestination } from '../../app/delivery-records.ts';
import type { DestinationInput } from '../../app/destinations.ts';
import type { DefinitionInput, ShownDefinition } from '../../app/pulse-definitions.ts';
import type { ConnectionInput } from '../../wire/pulse/notification-destinations.ts';
import type { Definition, DefinitionBody } from '../../wire/pulse/notifications.ts';
import { newSettings, noConnection, toConnection } from './destination-map.ts';
import { BadRequest } from './errors.ts';
import { named } from './phrases.ts';

export const toDefinition =
  ({ id: orgId }: StoredAccount) =>
  ({ definition, destination }: ShownDefinition): Definition => {
    const { httpParameters, emailParameters, document } = definition;
    const isOwn = definition.ownDestination && destination !== undefined;
    const connection = isOwn ? toConnection(destination) : noConnection;
    return {
      id: definition.id,
      name: definition.name,
      description: definition.description,
      notificationDestinationId: definition.notificationDestinationId,
      httpParameters: httpParameters && {
        ...httpParameters,
        headers: [...httpParameters.headers],
        ...connection,
      },
      emailParameters: emailParameters && {
        ...emailParameters,
        emailRecipients: [...emailParameters.emailRecipients],
      },
      schedule: definition.schedule,
      retrySchedule: definition.retrySchedule,
      orgId,
      createdTime: `${document.createdAt}`,
      lastUpdatedTime: `${definition.updatedAt}`,
      updateVersion: document.version,
    };
  };

/** Connection fields of version 2.0.2, which its guide has in `httpParameters` and its users also beside it. */
const connectionOf = (body: DefinitionBody): ConnectionInput => ({ ...body, ...body.httpParameters });

const ownSettings =
  (body: DefinitionBody) =>
  (was: StoredDestination | undefined): DestinationInput => ({
    ...newSettings({ ...connectionOf(body), relativePath: '', ...retry(body) }, was),
    // The definition's own; the destination serves nothing else.
    name: '',
    description: '',
    headers: [],
  });

const retry = ({ retrySchedule }: DefinitionBody) => (retrySchedule === undefined ? {} : { retrySchedule });

/** Where it is to send: to a server that is named here, or to a destination that is there; `undefined` as before. */
const targetOf = (body: DefinitionBody, was: StoredDefinition | undefined): DefinitionInput['target'] => {
  const { host = '' } = connectionOf(body);
  const id = body.notificationDestinationId ?? '';
  const own = was?.ownDestination === true ? was.notificationDestinationId : '';
  if (host !== '' && id !== '' && id !== own)
    throw new BadRequest('notificationDestinationId: expected either a destination or a host; got both.');
  if (host !== '') return { kind: 'own', settings: ownSettings(body) };
  if (id !== '' && id !== own) return { kind: 'shared', id };
  // Any other member of the connection, and the retries, may have changed.
  return own === '' ? undefined : { kind: 'own', settings: ownSettings(body) };
};

const httpOf = ({ httpParameters }: DefinitionBody, was: Kept | undefined): Kept['httpParameters'] => {
  const before = was?.httpParameters ?? null;
  if (httpParameters === undefined) return before;
  return {
    relativePath: httpParameters.relativePath ?? before?.relativePath ?? '',
    headers: httpParameters.headers ?? before?.headers ?? [],
    payloadTemplate: httpParameters.payloadTemplate ?? before?.payloadTemplate ?? '',
  };
};

const emailOf = ({ emailParameters }: DefinitionBody, was: Kept | undefined): Kept['emailParameters'] => {
  const before = was?.emailParameters ?? null;
  if (emailParameters === undefined) return before;
  return {
    ...{ emailRecipients: [], emailSubjectTemplate: '', emailBodyTemplate: '' },
    ...{ senderEmailAddress: '', senderName: '' },
    ...before,
    ...emailParameters,
  };
};

const INVALID_NAME = 'Invalid Notification Definition Name';

/** What a definition is to say, by what it says. One kind of parameters takes the place of the other. */
export const definitionInput = (body: DefinitionBody, was: StoredDefinition | undefined): DefinitionInput => {
  const isBoth = body.httpParameters !== undefined && body.emailParameters !== undefined;
  const http = body.emailParameters !== undefined && !isBoth ? null : httpOf(body, was);
  const email = body.httpParameters !== undefined && !isBoth ? null : emailOf(body, was);
  return {
    name: body.name === undefined && was !== undefined ? was.name : named(body.name, INVALID_NAME),
    description: body.description ?? was?.description ?? '',
    httpParameters: http,
    emailParameters: email,
    schedule:
      body.schedule === undefined
        ? (was?.schedule ?? null)
        : { repeatInterval: 0, maxRepetition: 0, ...body.schedule },
    retrySchedule:
      body.retrySchedule === undefined
        ? (was?.retrySchedule ?? null)
        : { retryInterval: 5_000, maxRetryCount: 5, requestTimeout: 10_000, ...body.retrySchedule },
    target: http === null ? undefined : targetOf(body, was),
  };
};
