import Type, { type Static } from 'typebox';
import { Empty, EpochMs, Id, Int64, many, PageResponse, pageQuery, Text } from './common.ts';
import { pulseRoutes } from './route.ts';

/** Something said of a device by name; all values are texts. */
export const Property = Type.Object({ name: Text, value: Text });

const deviceType = { enum: ['GATEWAY', 'THING'] } as const;
const enrollmentState = { enum: ['REGISTERED', 'ENROLLED', 'UNENROLLED', 'DELETED'] } as const;

/** The same as callers say it; without a value it is the empty text. */
export const PropertyInput = Type.Object({ name: Text, value: Type.Optional(Text) });

/** A device in either spelling of what it is connected to: that of one device, and that of a list. */
export const Device = Type.Object({
  id: Id,
  name: Type.String(),
  templateName: Type.String(),
  deviceType: Type.String(deviceType),
  templateId: Type.String(),
  systemProperties: Type.Array(Property),
  customProperties: Type.Array(Property),
  enrollmentState: Type.String(enrollmentState),
  parentGatewayId: Type.String(),
  parentId: Type.String(),
  orgId: Id,
  createdTime: EpochMs,
  lastUpdatedTime: EpochMs,
  updateVersion: Int64,
});
export type Device = Static<typeof Device>;

const Created = Type.Object({ id: Id });

/** Sets properties, and takes others away by name. */
export const PropertyUpdate = Type.Object({
  upsert: Type.Optional(Type.Array(PropertyInput, { maxItems: 256 })),
  remove: Type.Optional(Type.Array(Text, { maxItems: 256 })),
});

export const deviceRoutes = pulseRoutes({
  createDevice: {
    method: 'POST',
    path: '/devices',
    access: 'Create Device',
    summary: 'Register a gateway, or a Thing that is connected to one',
    source: 'known',
    body: Type.Object({
      name: Text,
      templateName: Type.Optional(Text),
      templateId: Type.Optional(Text),
      parentId: Type.Optional(Text),
      customProperties: Type.Optional(Type.Array(PropertyInput, { maxItems: 256 })),
    }),
    reply: Created,
  },
  listDevices: {
    method: 'GET',
    path: '/devices',
    access: 'View Device',
    summary: 'List devices',
    source: 'known',
    query: Type.Object({
      parentId: many(Text),
      name: many(Text),
      deviceType: many(Type.String(deviceType)),
      id: many(Text),
      enrollmentState: many(Type.String(enrollmentState)),
      templateId: many(Text),
      ...pageQuery,
    }),
    reply: Type.Object({ pageInfo: PageResponse, devices: Type.Array(Device) }),
  },
  getDevice: {
    method: 'GET',
    path: '/devices/:deviceId',
    access: 'View Device',
    summary: 'Get a device',
    source: 'known',
    reply: Device,
  },
  deleteDevice: {
    method: 'DELETE',
    path: '/devices/:deviceId',
    access: 'Delete Device',
    summary: 'Delete a device that no campaign is updating and nothing is connected to',
    source: 'known',
    reply: Empty,
  },
  setCustomProperties: {
    method: 'POST',
    path: '/devices/:deviceId/custom-properties',
    access: 'Edit Device',
    summary: 'Set and remove custom properties of a device',
    source: 'known',
    body: PropertyUpdate,
    reply: Empty,
  },
});
