import {
  createTemplate,
  deleteTemplate,
  editTemplate,
  findTemplate,
  getTemplate,
  type NamedTemplate,
  type StoredTemplate,
  sliceTemplates,
} from '../../app/device-templates.ts';
import { deviceTypes } from '../../app/pulse-profile.ts';
import { ok } from '../../domain/result.ts';
import type { deviceTemplateRoutes, Template, TemplateInput } from '../../wire/pulse/device-templates.ts';
import type { Handlers } from './call.ts';
import { mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import type { PulseDeps } from './plugin.ts';

const toTemplate = ({ revision, ...template }: StoredTemplate): Template => ({
  id: template.id,
  name: template.name,
  deviceType: template.deviceType,
  systemProperties: [...template.systemProperties],
  customProperties: [...template.customProperties],
  enrollmentProvider: template.enrollmentProvider,
  allowedMetrics: [...template.allowedMetrics],
  allowedCommands: [...template.allowedCommands],
  imageDetails: [...template.imageDetails],
  settings: [...template.settings],
  childTemplates: [...template.childTemplates],
  updateVersion: revision,
});

const empty: NamedTemplate = {
  name: '',
  deviceType: 'GATEWAY',
  systemProperties: [],
  customProperties: [],
  enrollmentProvider: { type: 'JWT_NATIVE', providerConfig: '{}' },
  allowedMetrics: [],
  allowedCommands: [],
  imageDetails: [],
  settings: [],
  childTemplates: [],
};

/** A template with what a caller says of it in place of what was. */
const changed = (was: NamedTemplate, said: TemplateInput): NamedTemplate => ({
  name: said.name ?? was.name,
  deviceType: deviceTypes.find((type) => type === said.deviceType) ?? was.deviceType,
  systemProperties: said.systemProperties ?? was.systemProperties,
  customProperties:
    said.customProperties?.map(({ name, value = '' }) => ({ name, value })) ?? was.customProperties,
  enrollmentProvider: { ...was.enrollmentProvider, ...said.enrollmentProvider },
  allowedMetrics: said.allowedMetrics ?? was.allowedMetrics,
  allowedCommands: said.allowedCommands ?? was.allowedCommands,
  imageDetails: said.imageDetails ?? was.imageDetails,
  settings: said.settings ?? was.settings,
  childTemplates: said.childTemplates ?? was.childTemplates,
});

export const deviceTemplateHandlers = (deps: PulseDeps): Handlers<typeof deviceTemplateRoutes> => ({
  createDeviceTemplate: async ({ caller, body }) =>
    mapped(await createTemplate(deps, caller, changed(empty, body)), ({ id }) => ({ id })),
  listDeviceTemplates: async ({ caller, query }) => {
    const paging = pagingOf(query, deps.settings.firstPage);
    if (query.name === undefined) {
      const { items, total } = await sliceTemplates(deps, caller, paging.slice);
      return ok({ pageInfo: toPageResponse(paging, total), templates: items.map(toTemplate) });
    }
    const found = [await findTemplate(deps, caller, query.name)].filter((each) => each !== undefined);
    const shown = found.slice(paging.slice.skip, paging.slice.skip + paging.slice.limit);
    return ok({ pageInfo: toPageResponse(paging, found.length), templates: shown.map(toTemplate) });
  },
  getDeviceTemplate: async ({ caller, params }) =>
    mapped(await getTemplate(deps, caller, params['templateId'] ?? ''), toTemplate),
  editDeviceTemplate: async ({ caller, params, body }) =>
    mapped(
      await editTemplate(deps, caller, params['templateId'] ?? '', (was) => changed(was, body)),
      ({ id }) => ({ id }),
    ),
  deleteDeviceTemplate: async ({ caller, params }) =>
    mapped(await deleteTemplate(deps, caller, params['templateId'] ?? ''), () => ({})),
});
