import Type, { type Static } from 'typebox';
import { exact, Id, Instant, nullable, word } from './common.ts';
import { routeTable } from './route.ts';

const shown = {
  id: Type.String(),
  kind: word(['token', 'psk', 'dm']),
  identity: nullable(
    Type.String({
      description: 'Of a pre-shared key its identity, of `dm` the user name; a token has none.',
    }),
  ),
  createdAt: Instant,
  expiresAt: nullable(Instant),
};

const visible = (least: number, description: string) =>
  Type.String({ pattern: `^[!-~]{${least},128}$`, description });

export const Credential = exact(shown);
export type Credential = Static<typeof Credential>;

const YEAR = 31_536_000;
const device = { device: Id };
const tag = 'Devices';

export const credentialRoutes = routeTable({
  listDeviceCredentials: {
    method: 'GET',
    path: '/devices/:device/credentials',
    access: 'View Device',
    tag,
    summary: 'List the credentials of a device, without their secrets',
    params: exact(device),
    status: 200,
    reply: exact({ items: Type.Array(Credential) }),
  },
  createDeviceCredential: {
    method: 'POST',
    path: '/devices/:device/credentials',
    access: 'Create Device Credential',
    tag,
    summary: 'Issue a credential for a device; its secret is shown this once',
    description: [
      'A device has at most 8 credentials that are valid at the same time. A device that comes with a secret',
      'of its own is given it in `secret`; the answer does not repeat it.',
      '',
      'There are three kinds, and each is rotated by itself. A `token` is shown over HTTP. A `psk` is a pre-shared',
      'key of TLS or DTLS: its `identity` is unique in the whole server, its `secret` 16 to 64 bytes in hex. `dm`',
      'are the secrets of OMA-DM: `identity` is the user name (without one, the id of the device), `secret` its',
      'password, and `server` the id and password by which this server proves itself to the device.',
    ].join('\n'),
    params: exact(device),
    body: exact({
      kind: Type.Optional(word(['token', 'psk', 'dm'], { default: 'token' })),
      identity: Type.Optional(visible(1, 'Of `psk` and `dm` only: visible ASCII characters.')),
      expiresAt: Type.Optional(nullable(Instant)),
      replacesAfter: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: YEAR,
          description: 'Rotation: all older credentials of the kind expire after so many seconds, 0 at once.',
        }),
      ),
      secret: Type.Optional(
        visible(16, 'What the device has, in place of a new secret: visible ASCII characters.'),
      ),
      server: Type.Optional(
        exact(
          {
            id: Type.Optional(visible(1, 'As whom the server speaks to the device: `muster` unless given.')),
            secret: Type.Optional(
              visible(16, 'The password that the device expects, in place of a new one.'),
            ),
          },
          { description: 'Of `dm` only.' },
        ),
      ),
    }),
    status: 201,
    reply: exact({
      ...shown,
      secret: nullable(Type.String()),
      server: nullable(exact({ id: Type.String(), secret: nullable(Type.String()) })),
    }),
  },
  deleteDeviceCredential: {
    method: 'DELETE',
    path: '/devices/:device/credentials/:credential',
    access: 'Create Device Credential',
    tag,
    summary: 'Revoke a credential of a device at once',
    params: exact({ ...device, credential: Id }),
    status: 204,
  },
});
