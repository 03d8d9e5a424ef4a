import Type, { type Static } from 'typebox';
import { Empty, Id, PageResponse, pageQuery, Text } from './common.ts';
import { Property, PropertyInput } from './devices.ts';
import { pulseRoutes } from './route.ts';

const list = <Item extends Type.TSchema>(item: Item) => Type.Optional(Type.Array(item, { maxItems: 1_000 }));
/** Kept and shown as it came: nothing here reads it. */
const Kept = Type.Unknown();

const deviceType = { enum: ['GATEWAY', 'THING'] } as const;
const providers = { enum: ['JWT_NATIVE', 'BASIC', 'PROPERTY_NATIVE', 'TPM_NATIVE'] } as const;

/** What a caller says of a template; in a change, what is left out stays as it is. */
export const TemplateInput = Type.Object({
  name: Type.Optional(Text),
  deviceType: Type.Optional(Type.String(deviceType)),
  systemProperties: list(Type.Object({ name: Text })),
  customProperties: list(PropertyInput),
  enrollmentProvider: Type.Optional(
    Type.Object({ type: Type.Optional(Type.String(providers)), providerConfig: Type.Optional(Text) }),
  ),
  allowedMetrics: list(Kept),
  allowedCommands: list(Kept),
  imageDetails: list(Kept),
  settings: list(Kept),
  childTemplates: list(Text),
});
export type TemplateInput = Static<typeof TemplateInput>;

export const Template = Type.Object({
  id: Id,
  name: Type.String(),
  deviceType: Type.String(deviceType),
  systemProperties: Type.Array(Type.Object({ name: Type.String() })),
  customProperties: Type.Array(Property),
  enrollmentProvider: Type.Object({ type: Type.String(), providerConfig: Type.String() }),
  allowedMetrics: Type.Array(Kept),
  allowedCommands: Type.Array(Kept),
  imageDetails: Type.Array(Kept),
  settings: Type.Array(Kept),
  childTemplates: Type.Array(Type.String()),
  updateVersion: Type.Integer(),
});
export type Template = Static<typeof Template>;

const Reference = Type.Object({ id: Id });

export const deviceTemplateRoutes = pulseRoutes({
  createDeviceTemplate: {
    method: 'POST',
    path: '/device-templates',
    access: 'Create Device',
    summary: 'Create a device template',
    source: 'known',
    body: TemplateInput,
    reply: Reference,
  },
  listDeviceTemplates: {
    method: 'GET',
    path: '/device-templates',
    access: 'View Device',
    summary: 'List device templates, or find the one of a name',
    source: 'known',
    query: Type.Object({ name: Type.Optional(Text), ...pageQuery }),
    reply: Type.Object({ pageInfo: PageResponse, templates: Type.Array(Template) }),
  },
  getDeviceTemplate: {
    method: 'GET',
    path: '/device-templates/:templateId',
    access: 'View Device',
    summary: 'Get a device template',
    source: 'known',
    reply: Template,
  },
  editDeviceTemplate: {
    method: 'PUT',
    path: '/device-templates/:templateId',
    access: 'Edit Device',
    summary: 'Change a device template; devices that were made from it stay as they are',
    source: 'known',
    body: TemplateInput,
    reply: Reference,
  },
  deleteDeviceTemplate: {
    method: 'DELETE',
    path: '/device-templates/:templateId',
    access: 'Delete Device',
    summary: 'Delete a device template that no device has',
    source: 'known',
    reply: Empty,
  },
});
