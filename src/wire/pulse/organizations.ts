import Type, { type Static } from 'typebox';
import { Id, Line, PageResponse, pageQuery, record } from './common.ts';
import { pulseRoutes } from './route.ts';

/** An organisation, which is an account. */
export const Organization = Type.Object({
  id: Type.String(),
  name: Type.String(),
  displayName: Type.String(),
  parentId: Type.String({ description: 'Always empty: no organisation is below another.' }),
  status: Type.String(),
  domainName: Type.String(),
  createdBy: Type.String({ description: 'Always empty: the audit log knows.' }),
  lastUpdatedBy: Type.String({ description: 'Always empty: the audit log knows.' }),
  ...record,
});
export type Organization = Static<typeof Organization>;

const OrganizationBody = Type.Object({
  name: Type.Optional(Line),
  parentId: Type.Optional(Line),
  status: Type.Optional(Line),
  domainName: Type.Optional(Line),
});
export type OrganizationBody = Static<typeof OrganizationBody>;

/** Values are text for most keys, and whatever a client keeps there for others. */
const Values = Type.Record(Type.String(), Type.Unknown());

export const SettingsCategory = Type.Object({
  category: Type.String(),
  settings: Values,
  finalSettings: Values,
});
export type SettingsCategory = Static<typeof SettingsCategory>;

const CategoryBody = Type.Object({
  category: Type.String({ maxLength: 64 }),
  settings: Type.Optional(Values),
  finalSettings: Type.Optional(Values),
});

const Saved = Type.Object({ id: Id });

export const organizationRoutes = pulseRoutes({
  listOrganizations: {
    method: 'GET',
    path: '/organizations',
    access: 'signed-in',
    summary: 'List the organisations that the caller can act in',
    source: 'known',
    query: Type.Object(pageQuery),
    reply: Type.Object({ organizations: Type.Array(Organization), pageInfo: PageResponse }),
  },
  createOrganization: {
    method: 'POST',
    path: '/organizations',
    access: 'Administer Server',
    summary: 'Create an organisation with the default roles and the caller as its administrator',
    source: 'known',
    body: OrganizationBody,
    reply: Saved,
  },
  getOrganization: {
    method: 'GET',
    path: '/organizations/:organizationId',
    access: 'View Organization',
    summary: 'Get the organisation that the caller acts in',
    source: 'known',
    reply: Organization,
  },
  editOrganization: {
    method: 'PUT',
    path: '/organizations/:organizationId',
    access: 'Edit Organization',
    summary: 'Change the name of the organisation',
    source: 'known',
    body: OrganizationBody,
    reply: Saved,
  },
  getOrganizationSettings: {
    method: 'GET',
    path: '/organizations/:organizationId/settings',
    access: 'View Organization Settings',
    summary: 'Get all settings by category, or those of one',
    source: 'known',
    query: Type.Object({ category: Type.Optional(Type.String({ maxLength: 64 })) }),
    reply: Type.Union([Type.Array(SettingsCategory), SettingsCategory]),
  },
  editOrganizationSettings: {
    method: 'PUT',
    path: '/organizations/:organizationId/settings',
    access: 'Edit Organization Settings',
    summary: 'Replace the settings of some categories',
    source: 'known',
    body: Type.Array(CategoryBody, { minItems: 1, maxItems: 64 }),
    reply: Saved,
  },
});
