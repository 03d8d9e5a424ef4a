import Type, { type Static } from 'typebox';
import { exact, Id, Instant, nullable } from './common.ts';
import { routeTable } from './route.ts';

const shown = { id: Type.String(), createdAt: Instant, expiresAt: nullable(Instant) };

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
    ].join('\n'),
    params: exact(device),
    body: exact({
      expiresAt: Type.Optional(nullable(Instant)),
      replacesAfter: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: YEAR,
          description: 'Rotation: all older credentials expire after so many seconds, 0 at once.',
        }),
      ),
      secret: Type.Optional(
        Type.String({
          pattern: '^[!-~]{16,128}$',
          description: 'What the device will show, in place of a new secret: visible ASCII characters.',
        }),
      ),
    }),
    status: 201,
    reply: exact({ ...shown, secret: nullable(Type.String()) }),
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
