import Type from 'typebox';
import { Empty, Id, Int32, Text } from './common.ts';
import { pulseRoutes } from './route.ts';

const Credentials = Type.Object({ credentials: Type.String() });
const Token = Type.Object({ deviceId: Id, accessToken: Type.String() });

export const deviceCredentialRoutes = pulseRoutes({
  createDeviceCredential: {
    method: 'POST',
    path: '/device-credentials/:deviceId',
    access: 'Create Device Credential',
    summary: 'Issue a credential for a device',
    source: 'known',
    body: Type.Object({ requestParams: Type.Optional(Text) }),
    reply: Credentials,
  },
  getDeviceCredential: {
    method: 'GET',
    path: '/device-credentials/:deviceId',
    access: 'Create Device Credential',
    summary: 'Issue a credential that ends after so many seconds, as older versions do',
    source: 'known',
    query: Type.Object({ expiryTime: Type.Optional(Int32) }),
    reply: Credentials,
  },
  revokeDeviceCredentials: {
    method: 'DELETE',
    path: '/device-credentials/:deviceId',
    access: 'Create Device Credential',
    summary: 'Revoke all credentials of a device, and the tokens that came of them',
    source: 'own',
    reply: Empty,
  },
  getDeviceToken: {
    method: 'GET',
    path: '/device-tokens/:deviceId',
    access: 'public',
    summary: 'Get the access token of the device whose credential is in x-device-auth',
    source: 'known',
    reply: Token,
  },
  findDeviceToken: {
    method: 'GET',
    path: '/device-tokens',
    access: 'public',
    summary: 'The same with the device as a parameter',
    source: 'known',
    query: Type.Object({ deviceId: Type.Optional(Text), id: Type.Optional(Text) }),
    reply: Token,
  },
});
