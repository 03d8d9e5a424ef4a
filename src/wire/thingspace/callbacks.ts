import { type Static, Type } from 'typebox';
import { Success } from './common.ts';
import { thingspaceRoutes } from './route.ts';

/** The only service that calls back. */
export const callbackService = 'Fota';

const Url = Type.String({ maxLength: 2_048 });
const ServiceName = Type.String({ maxLength: 64 });

/** A registration of v1 as it is shown; who reads it gets no password. */
export const RegisteredCallback = Type.Object({
  aname: Type.String(),
  name: Type.String(),
  url: Type.String(),
  username: Type.Optional(Type.String()),
});
export type RegisteredCallback = Static<typeof RegisteredCallback>;

/** Empty where nothing is registered. */
export const Callback = Type.Object({ url: Type.Optional(Type.String()) });

/** One table of the documentation calls the URL `callback` (reference 5.1). */
const CallbackRequest = Type.Object({ url: Type.Optional(Url), callback: Type.Optional(Url) });

const later = <const Version extends 'v2' | 'v3'>(
  version: Version,
  numbers: readonly [number, number, number, number],
) => {
  const path = `/fota/${version}/callbacks/:account` as const;
  return {
    list: {
      method: 'GET',
      path,
      access: 'View Notification Destination',
      summary: `Get the URL that is called back in the form of ${version}`,
      number: numbers[0],
      reply: Callback,
    },
    update: {
      method: 'PUT',
      path,
      access: 'Edit Notification Destination',
      summary: `Be called back at another URL in the form of ${version}`,
      number: numbers[1],
      body: CallbackRequest,
      reply: Callback,
    },
    register: {
      method: 'POST',
      path,
      access: 'Create Notification Destination',
      summary: `Be called back at a URL in the form of ${version}`,
      number: numbers[2],
      body: CallbackRequest,
      reply: Callback,
    },
    deregister: {
      method: 'DELETE',
      path,
      access: 'Delete Notification Destination',
      summary: `Be called back in the form of ${version} no more`,
      number: numbers[3],
      reply: Success,
    },
  } as const;
};

const v2 = later('v2', [57, 58, 59, 60]);
const v3 = later('v3', [61, 62, 63, 64]);

export const callbackRoutes = thingspaceRoutes({
  listRegisteredCallbacksV1: {
    method: 'GET',
    path: '/fota/v1/callbacks/:account',
    access: 'View Notification Destination',
    summary: 'List what is called back in the form of v1',
    number: 54,
    reply: Type.Array(RegisteredCallback),
  },
  registerCallbackV1: {
    method: 'POST',
    path: '/fota/v1/callbacks/:account',
    access: 'Create Notification Destination',
    summary: 'Be called back at a URL in the form of v1',
    number: 55,
    body: Type.Object({
      name: ServiceName,
      url: Url,
      username: Type.Optional(Type.String({ maxLength: 1_024 })),
      password: Type.Optional(Type.String({ maxLength: 1_024 })),
    }),
    reply: Type.Object({ accountName: Type.String(), serviceName: Type.String() }),
  },
  deregisterCallbackV1: {
    method: 'DELETE',
    path: '/fota/v1/callbacks/:account/name/:service',
    access: 'Delete Notification Destination',
    summary: 'Be called back in the form of v1 no more',
    number: 56,
    reply: Success,
  },
  listRegisteredCallbacksV2: v2.list,
  updateCallbackV2: v2.update,
  registerCallbackV2: v2.register,
  deregisterCallbackV2: v2.deregister,
  listRegisteredCallbacksV3: v3.list,
  updateCallbackV3: v3.update,
  registerCallbackV3: v3.register,
  deregisterCallbackV3: v3.deregister,
});
