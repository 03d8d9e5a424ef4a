import { templateNames } from '../../app/device-templates.ts';
import { editDevice, getDevice } from '../../app/devices.ts';
import { deletePulseDevice, registerPulseDevice } from '../../app/pulse-device.ts';
import { customPatch, type Property, templateOf } from '../../app/pulse-profile.ts';
import { normaliseDeviceId } from '../../domain/device.ts';
import { ok } from '../../domain/result.ts';
import type { Device, deviceRoutes } from '../../wire/pulse/devices.ts';
import type { QueryOf } from '../../wire/pulse/route.ts';
import type { Handlers } from './call.ts';
import { toDevice } from './device-map.ts';
import type { Clause } from './filter-conditions.ts';
import { toExpression } from './filter-expression.ts';
import { memberKey } from './filter-keys.ts';
import { mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import type { PulseDeps } from './plugin.ts';

const toProperties = (
  given: readonly { readonly name: string; readonly value?: string }[] = [],
): readonly Property[] => given.map(({ name, value = '' }) => ({ name, value }));

/** A repeated parameter means any of its values; different ones mean all of them. */
const clause = (name: keyof Device & string, values: readonly string[] | undefined): readonly Clause[] =>
  values === undefined
    ? []
    : [{ key: memberKey(name), anyOf: values.map((value) => ({ operator: 'EQUAL_TO', value })) }];

const clausesOf = (query: QueryOf<(typeof deviceRoutes)['listDevices']>): readonly Clause[] => [
  ...clause('id', query.id?.map(normaliseDeviceId)),
  ...clause('name', query.name),
  ...clause('deviceType', query.deviceType),
  ...clause('enrollmentState', query.enrollmentState),
  ...clause('templateId', query.templateId),
  ...clause('parentId', query.parentId?.map(normaliseDeviceId)),
];

export const deviceHandlers = (deps: PulseDeps): Handlers<typeof deviceRoutes> => ({
  createDevice: async ({ caller, body }) => {
    const { name, templateName = '', templateId = '', parentId = '' } = body;
    const customProperties = toProperties(body.customProperties);
    const registration = { name, templateName, templateId, parentId, customProperties };
    return mapped(await registerPulseDevice(deps, caller, registration), ({ id }) => ({ id }));
  },
  listDevices: async ({ caller, query }) => {
    const paging = pagingOf(query, deps.settings.firstPage);
    const where = toExpression([], clausesOf(query));
    const { items, total } = await deps.store.devices.slice(caller.account.key, where, paging.slice);
    const templates = await templateNames(deps, caller, items.map(templateOf));
    const context = { organisation: caller.account.id, templates };
    return ok({
      pageInfo: toPageResponse(paging, total),
      devices: items.map((device) => toDevice(device, context)),
    });
  },
  getDevice: async ({ caller, params }) => {
    const found = await getDevice(deps, caller, params['deviceId'] ?? '');
    if (!found.ok) return found;
    const templates = await templateNames(deps, caller, [templateOf(found.value)]);
    return ok(toDevice(found.value, { organisation: caller.account.id, templates }));
  },
  deleteDevice: async ({ caller, params }) =>
    mapped(await deletePulseDevice(deps, caller, params['deviceId'] ?? ''), () => ({})),
  setCustomProperties: async ({ caller, params, body }) => {
    const change = { upsert: toProperties(body.upsert), remove: body.remove ?? [] };
    const attributes = customPatch(change);
    if (!attributes.ok) return attributes;
    const patch = { attributes: attributes.value };
    return mapped(await editDevice(deps, caller, params['deviceId'] ?? '', patch), () => ({}));
  },
});
