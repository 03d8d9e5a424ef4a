import Type, { type Static } from 'typebox';
import { Description, Empty, EpochMs, Id, Line, PageResponse, pageQuery, record } from './common.ts';
import {
  connection,
  connectionInput,
  Header,
  Headers,
  Millis,
  RetryInput,
  RetrySchedule,
} from './notification-destinations.ts';
import { pulseRoutes } from './route.ts';

const Template = Type.String({ maxLength: 65_536 });

const HttpParameters = Type.Object({
  relativePath: Type.String(),
  headers: Type.Array(Header),
  payloadTemplate: Type.String(),
  ...connection,
});
const HttpInput = Type.Object({
  relativePath: Type.Optional(Type.String({ maxLength: 2_048 })),
  headers: Type.Optional(Headers),
  payloadTemplate: Type.Optional(Template),
  ...connectionInput,
});

const EmailParameters = Type.Object({
  emailRecipients: Type.Array(Type.String()),
  emailSubjectTemplate: Type.String(),
  emailBodyTemplate: Type.String(),
  senderEmailAddress: Type.String(),
  senderName: Type.String(),
});
const EmailInput = Type.Object({
  emailRecipients: Type.Optional(Type.Array(Line, { maxItems: 256 })),
  emailSubjectTemplate: Type.Optional(Template),
  emailBodyTemplate: Type.Optional(Template),
  senderEmailAddress: Type.Optional(Line),
  senderName: Type.Optional(Line),
});

const Repetition = Type.Object({ repeatInterval: Millis, maxRepetition: Millis });
const RepetitionInput = Type.Object({
  repeatInterval: Type.Optional(Millis),
  maxRepetition: Type.Optional(Millis),
});

/** Present, and `null` where a definition has none. */
const nullable = <Schema extends Type.TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** Where and in which form notifications are sent. */
export const Definition = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  notificationDestinationId: Type.String(),
  httpParameters: nullable(HttpParameters),
  emailParameters: nullable(EmailParameters),
  schedule: nullable(Repetition),
  retrySchedule: nullable(RetrySchedule),
  ...record,
});
export type Definition = Static<typeof Definition>;

/** Connection fields stand in `httpParameters` or beside it. */
const DefinitionBody = Type.Object({
  name: Type.Optional(Line),
  description: Type.Optional(Description),
  notificationDestinationId: Type.Optional(Id),
  httpParameters: Type.Optional(HttpInput),
  emailParameters: Type.Optional(EmailInput),
  schedule: Type.Optional(RepetitionInput),
  retrySchedule: Type.Optional(RetryInput),
  ...connectionInput,
});
export type DefinitionBody = Static<typeof DefinitionBody>;

const Detail = Type.Object({ key: Line, valueString: Type.String({ maxLength: 4_096 }) });

/** A notification that was raised. */
export const Instance = Type.Object({
  id: Type.String(),
  notificationDefinitionId: Type.String(),
  entityType: Type.String(),
  entityId: Type.String(),
  entityName: Type.String(),
  entityState: Type.String(),
  additionalDetails: Type.Array(Detail),
  status: Type.String({
    description: '`WAITING`, `DELIVERED`, `FAILED`, or `EXPIRED` when it is no longer known.',
  }),
  orgId: Type.String(),
  createdBy: Type.String(),
  createdTime: EpochMs,
});
export type Instance = Static<typeof Instance>;

const InstanceBody = Type.Object({
  notificationDefinitionId: Id,
  entityType: Type.Optional(Line),
  entityId: Type.Optional(Line),
  entityName: Type.Optional(Line),
  entityState: Type.Optional(Line),
  additionalDetails: Type.Optional(
    Type.Array(Type.Object({ key: Line, valueString: Type.Optional(Detail.properties.valueString) }), {
      maxItems: 100,
    }),
  ),
});

const listQuery = Type.Object(pageQuery);
const Saved = Type.Object({ id: Id });

/** Definitions of notifications, and those that were raised. */
export const notificationRoutes = pulseRoutes({
  listNotificationDefinitions: {
    method: 'GET',
    path: '/notification-definitions',
    access: 'View Notification Definition',
    summary: 'List the notification definitions',
    source: 'known',
    query: listQuery,
    reply: Type.Object({ notificationDefinitions: Type.Array(Definition), pageInfo: PageResponse }),
  },
  createNotificationDefinition: {
    method: 'POST',
    path: '/notification-definitions',
    access: 'Create Notification Definition',
    summary: 'Create a definition: where and in which form notifications are sent',
    source: 'known',
    body: DefinitionBody,
    reply: Saved,
  },
  getNotificationDefinition: {
    method: 'GET',
    path: '/notification-definitions/:definitionId',
    access: 'View Notification Definition',
    summary: 'Get a notification definition',
    source: 'known',
    reply: Definition,
  },
  editNotificationDefinition: {
    method: 'PUT',
    path: '/notification-definitions/:definitionId',
    access: 'Edit Notification Definition',
    summary: 'Change a notification definition; what is absent stays',
    source: 'known',
    body: DefinitionBody,
    reply: Saved,
  },
  deleteNotificationDefinition: {
    method: 'DELETE',
    path: '/notification-definitions/:definitionId',
    access: 'Delete Notification Definition',
    summary: 'Delete a notification definition, and the destination that was made for it',
    source: 'known',
    reply: Empty,
  },
  listNotificationInstances: {
    method: 'GET',
    path: '/notification-instances',
    access: 'View Notification Definition',
    summary: 'List the notifications that were raised',
    source: 'known',
    query: listQuery,
    reply: Type.Object({ notificationInstances: Type.Array(Instance), pageInfo: PageResponse }),
  },
  createNotificationInstance: {
    method: 'POST',
    path: '/notification-instances',
    access: 'Create Notification Definition',
    summary: 'Raise a notification: it is sent as its definition says',
    source: 'known',
    body: InstanceBody,
    reply: Saved,
  },
  getNotificationInstance: {
    method: 'GET',
    path: '/notification-instances/:instanceId',
    access: 'View Notification Definition',
    summary: 'Get a notification that was raised, and whether it was delivered',
    source: 'own',
    reply: Instance,
  },
});
