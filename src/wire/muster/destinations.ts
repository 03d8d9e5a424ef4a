import Type, { type Static } from 'typebox';
import {
  Count,
  exact,
  Id,
  Instant,
  Line,
  Name,
  nullable,
  page,
  paging,
  Revision,
  Text,
  word,
} from './common.ts';
import { routeTable } from './route.ts';

const WEEK = 604_800;

const Url = Type.String({
  minLength: 1,
  maxLength: 2048,
  description:
    'http:// or https://. Addresses that are not public are refused unless the operator allows them (MUSTER_PUSH_ALLOW).',
  examples: ['https://hooks.example.com/muster'],
});

/** Headers that are sent along; values are shown again, so that secrets belong elsewhere. */
export const Headers = Type.Array(
  exact({ name: Type.String({ minLength: 1, maxLength: 64 }), value: Type.String({ maxLength: 1024 }) }),
  { maxItems: 32, description: 'Sent along. Secrets belong into authentication, which is not shown again.' },
);

const Secret = Type.String({
  maxLength: 128,
  description: '`whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has it.',
  examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
});

const Credential = Type.String({ minLength: 1, maxLength: 4096, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });
const Authentication = Type.Union([
  exact({ kind: word(['none']) }),
  exact({
    kind: word(['basic']),
    username: Type.String({ maxLength: 256, pattern: '^[^:\\u0000-\\u001f\\u007f]*$' }),
    password: Credential,
  }),
  exact({
    kind: word(['bearer']),
    token: Type.String({ minLength: 1, maxLength: 4096, pattern: '^[!-~]*$' }),
  }),
]);
const ShownAuthentication = exact(
  { kind: word(['none', 'basic', 'bearer']), username: nullable(Type.String()) },
  { description: 'Passwords and tokens are not shown.' },
);

const Retry = exact(
  {
    intervalSeconds: Type.Number({ minimum: 0.1, maximum: 21_600 }),
    attempts: Type.Integer({ minimum: 1, maximum: 100 }),
    withinSeconds: Type.Number({ minimum: 1, maximum: WEEK }),
  },
  {
    description:
      'The first pause after a failure, which doubles each time up to six hours; a delivery is given up after so ' +
      'many attempts or so long, whichever comes first. Unless it is set: 5 s, 100 attempts, three days.',
  },
);

const settings = {
  name: Name,
  description: Text,
  url: Url,
  headers: Headers,
  trust: Type.String({
    maxLength: 65_536,
    description:
      'Certificates in PEM form, the only ones that are trusted; empty for those that everybody trusts.',
  }),
  order: word(['strict', 'none'], {
    description:
      'With `strict`, messages about one device arrive in order: each waits until those before it are settled.',
  }),
  timeoutSeconds: Type.Number({
    minimum: 0.1,
    maximum: 60,
    description: 'For each attempt; 15 unless it is set.',
  }),
  retry: Retry,
};
const { name, url, ...rest } = settings;

const shown = {
  id: Type.String(),
  ...settings,
  url: Type.String(),
  // What another wire made may be outside of what this one takes.
  timeoutSeconds: Type.Number(),
  retry: exact({ intervalSeconds: Type.Number(), attempts: Type.Integer(), withinSeconds: Type.Number() }),
  authentication: ShownAuthentication,
  signed: Type.Boolean({ description: 'Whether it has a secret.' }),
  olderSecretUntil: nullable(Instant),
  disabled: nullable(exact({ at: Instant, because: Type.String() })),
  failingSince: nullable(Instant),
  createdBy: Type.String(),
  createdAt: Instant,
  revision: Revision,
};

export const Destination = exact(shown);
export type Destination = Static<typeof Destination>;

const DestinationWithSecret = exact({
  ...shown,
  secret: nullable(Type.String({ description: 'What signs; shown this once.' })),
});

const optional = {
  ...Type.Partial(Type.Object(rest)).properties,
  authentication: Type.Optional(Authentication),
};
const NewDestination = exact({ name, url, ...optional, secret: Type.Optional(Secret) });
export const DestinationPatch = exact({ name: Type.Optional(name), url: Type.Optional(url), ...optional });
export type DestinationPatch = Static<typeof DestinationPatch>;

const params = exact({ destination: Id });
const tag = 'Destinations';

export const destinationRoutes = routeTable({
  listDestinations: {
    method: 'GET',
    path: '/destinations',
    access: 'View Notification Destination',
    tag,
    summary: 'List where events are pushed to',
    query: exact(paging),
    status: 200,
    reply: page(Destination),
  },
  createDestination: {
    method: 'POST',
    path: '/destinations',
    access: 'Create Notification Destination',
    tag,
    summary: 'Make a destination for events',
    description:
      'Its secret is made unless one is given, and shown this once. Not repeatable with an Idempotency-Key for ' +
      'that reason.',
    body: NewDestination,
    status: 201,
    reply: DestinationWithSecret,
  },
  getDestination: {
    method: 'GET',
    path: '/destinations/:destination',
    access: 'View Notification Destination',
    tag,
    summary: 'Read a destination, without its secrets',
    params,
    status: 200,
    reply: Destination,
  },
  editDestination: {
    method: 'PATCH',
    path: '/destinations/:destination',
    access: 'Edit Notification Destination',
    tag,
    summary: 'Change a destination',
    params,
    body: DestinationPatch,
    status: 200,
    reply: Destination,
    conditional: true,
  },
  deleteDestination: {
    method: 'DELETE',
    path: '/destinations/:destination',
    access: 'Delete Notification Destination',
    tag,
    summary: 'Delete a destination with its subscriptions and what waits for it',
    params,
    status: 204,
    conditional: true,
  },
  rotateDestinationSecret: {
    method: 'POST',
    path: '/destinations/:destination/rotate',
    access: 'Edit Notification Destination',
    tag,
    summary: 'Replace the secret of a destination; the new one is shown this once',
    params,
    body: exact({
      secret: Type.Optional(Secret),
      overlapSeconds: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: WEEK,
          default: 86_400,
          description: 'For how long the secret before signs too; 0 ends it at once.',
        }),
      ),
    }),
    status: 200,
    reply: DestinationWithSecret,
  },
  testDestination: {
    method: 'POST',
    path: '/destinations/:destination/test',
    access: 'Edit Notification Destination',
    tag,
    summary: 'Send a signed `ping` now and answer what happened',
    description:
      'Works for a destination that is disabled too. It is not tried again, and not in the list of deliveries.',
    params,
    status: 200,
    reply: exact({
      delivered: Type.Boolean(),
      status: nullable(Type.Integer({ description: 'None when no answer came.' })),
      problem: Type.String(),
      answer: Type.String({ description: 'The beginning of the answer.' }),
      tookMilliseconds: Count,
    }),
  },
  enableDestination: {
    method: 'POST',
    path: '/destinations/:destination/enable',
    access: 'Edit Notification Destination',
    tag,
    summary: 'Send again what waits and what comes, after it was disabled',
    params,
    status: 200,
    reply: Destination,
    conditional: true,
  },
  disableDestination: {
    method: 'POST',
    path: '/destinations/:destination/disable',
    access: 'Edit Notification Destination',
    tag,
    summary: 'Send nothing until it is enabled; what would be sent waits',
    params,
    body: exact({ because: Type.Optional(Line) }),
    status: 200,
    reply: Destination,
    conditional: true,
  },
  replayDestination: {
    method: 'POST',
    path: '/destinations/:destination/replay',
    access: 'Edit Notification Destination',
    tag,
    summary: 'Send again what was created in a range of time and is settled',
    params,
    body: exact({
      from: Instant,
      to: Instant,
      status: Type.Optional(
        Type.Array(word(['dead', 'delivered']), {
          minItems: 1,
          maxItems: 2,
          uniqueItems: true,
          default: ['dead'],
          description: 'Those that were given up, unless others are named.',
        }),
      ),
    }),
    status: 202,
    reply: exact({ count: Count }),
  },
});
