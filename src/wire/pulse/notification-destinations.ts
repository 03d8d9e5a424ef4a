import Type, { type Static } from 'typebox';
import { Description, Empty, Id, Line, PageResponse, pageQuery, record } from './common.ts';
import { pulseRoutes } from './route.ts';

/** A length of time. */
export const Millis = Type.Integer({ minimum: 0, maximum: 2_147_483_647 });

/** One of a closed list of words; empty text is as good as none. */
const word = <const Words extends readonly string[]>(words: Words) =>
  Type.Unsafe<Words[number] | ''>({ type: 'string', enum: [...words, ''] });

/** A header that is sent along. */
export const Header = Type.Object({ key: Line, value: Type.String({ maxLength: 1_024 }) });
/** As many as anybody needs. */
export const Headers = Type.Array(Header, { maxItems: 32 });

/** How often and how long it is tried; milliseconds. */
export const RetrySchedule = Type.Object({
  retryInterval: Millis,
  maxRetryCount: Millis,
  requestTimeout: Millis,
});
export type RetrySchedule = Static<typeof RetrySchedule>;
/** The same, where what is absent stays or is as usual. */
export const RetryInput = Type.Object({
  retryInterval: Type.Optional(Millis),
  maxRetryCount: Type.Optional(Millis),
  requestTimeout: Type.Optional(Millis),
});
export type RetryInput = Static<typeof RetryInput>;

/** Which server, and how it is spoken to. */
export const connection = {
  sslTlsVersion: Type.String({ description: '`NO_CERT` is HTTP, `TLS1_2` is HTTPS.' }),
  host: Type.String(),
  port: Type.Integer(),
  certificate: Type.String({ description: 'The only certificates that are trusted, as PEM.' }),
  authenticationType: Type.String({ description: '`NO_AUTH` or `BASIC`.' }),
  username: Type.String(),
  password: Type.String({ description: 'Always empty: it is not shown again.' }),
} as const;
/** The same as callers give it: empty text is as good as none. */
export const connectionInput = {
  sslTlsVersion: Type.Optional(word(['NO_CERT', 'TLS1_2'])),
  host: Type.Optional(Line),
  port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
  certificate: Type.Optional(Type.String({ maxLength: 65_536 })),
  authenticationType: Type.Optional(word(['NO_AUTH', 'BASIC'])),
  username: Type.Optional(Line),
  password: Type.Optional(Line),
} as const;
const Connection = Type.Object(connection);
export type Connection = Static<typeof Connection>;
const ConnectionInput = Type.Object(connectionInput);
export type ConnectionInput = Static<typeof ConnectionInput>;

/** A server that can be told. */
export const Destination = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  protocol: Type.String(),
  ...connection,
  relativePath: Type.String(),
  headers: Type.Array(Header),
  retrySchedule: RetrySchedule,
  enabled: Type.Boolean({
    description: 'False after nothing could be delivered for days; then nothing is sent.',
  }),
  ...record,
});
export type Destination = Static<typeof Destination>;

const DestinationBody = Type.Object({
  name: Type.Optional(Line),
  description: Type.Optional(Description),
  protocol: Type.Optional(word(['HTTP'])),
  ...connectionInput,
  relativePath: Type.Optional(Type.String({ maxLength: 2_048 })),
  headers: Type.Optional(Headers),
  retrySchedule: Type.Optional(RetryInput),
  secret: Type.Optional(
    Type.String({
      maxLength: 256,
      description: 'Signs what is sent; `whsec_` and 24 to 64 bytes in base64.',
    }),
  ),
});
export type DestinationBody = Static<typeof DestinationBody>;

const listQuery = Type.Object(pageQuery);
const Saved = Type.Object({ id: Id });

/** Servers that can be told. */
export const destinationRoutes = pulseRoutes({
  listNotificationDestinations: {
    method: 'GET',
    path: '/notification-destinations',
    access: 'View Notification Destination',
    summary: 'List the servers that can be told',
    source: 'known',
    query: listQuery,
    reply: Type.Object({ notificationDestinations: Type.Array(Destination), pageInfo: PageResponse }),
  },
  createNotificationDestination: {
    method: 'POST',
    path: '/notification-destinations',
    access: 'Create Notification Destination',
    summary: 'Create a destination: a server that can be told',
    source: 'known',
    body: DestinationBody,
    reply: Saved,
  },
  getNotificationDestination: {
    method: 'GET',
    path: '/notification-destinations/:destinationId',
    access: 'View Notification Destination',
    summary: 'Get a destination',
    source: 'known',
    reply: Destination,
  },
  editNotificationDestination: {
    method: 'PUT',
    path: '/notification-destinations/:destinationId',
    access: 'Edit Notification Destination',
    summary: 'Change a destination; what is absent stays',
    source: 'known',
    body: DestinationBody,
    reply: Saved,
  },
  deleteNotificationDestination: {
    method: 'DELETE',
    path: '/notification-destinations/:destinationId',
    access: 'Delete Notification Destination',
    summary: 'Delete a destination that no definition sends to; callbacks to it end',
    source: 'known',
    reply: Empty,
  },
});
