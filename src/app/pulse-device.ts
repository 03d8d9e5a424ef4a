import type { DevicePatch } from '../domain/device.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Caller } from './caller.ts';
import { findTemplate, getTemplate, type StoredTemplate } from './device-templates.ts';
import { createDevice, deleteDevice, getDevice, type SavedDevice } from './devices.ts';
import type { Clock, Ids, Store } from './ports.ts';
import { customPatch, type DeviceType, type Property, pulseAttributes } from './pulse-profile.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** A device as an operator of Pulse registers it. Empty text is none; the template may be named either way. */
export type Registration = {
  readonly name: string;
  readonly templateId: string;
  readonly templateName: string;
  /** What a Thing is connected to. */
  readonly parentId: string;
  readonly customProperties: readonly Property[];
};

const CHILDREN_SHOWN = 10;

const invalid = (field: string, expected: string, got: string) =>
  refused<Refusal>({ code: 'invalid', field, expected, got });

/**
 * Registers a gateway, or a Thing that is connected to something: what its template says it is, without a template a Thing
 * if it has a parent. It gets the custom properties of its template, and waits for its enrolment.
 */
export const registerPulseDevice = async (
  deps: Deps,
  caller: Caller,
  registration: Registration,
): Promise<Result<SavedDevice, Refusal>> => {
  const { name, parentId, customProperties } = registration;
  if (name.trim() === '') return invalid('name', 'a name', 'none');
  const template = await templateOf(deps, caller, registration);
  if (!template.ok) return template;
  const type = template.value?.deviceType ?? (parentId === '' ? 'GATEWAY' : 'THING');
  const parent = await parentOf(deps, caller, type, parentId);
  if (!parent.ok) return parent;
  const upsert = [...(template.value?.customProperties ?? []), ...customProperties];
  const custom = customPatch({ upsert, remove: [] });
  if (!custom.ok) return custom;
  const attributes: DevicePatch['attributes'] = {
    ...custom.value,
    [pulseAttributes.type]: type,
    [pulseAttributes.enrolment]: 'REGISTERED',
    ...(template.value === undefined ? {} : { [pulseAttributes.template]: template.value.id }),
    ...(parent.value === undefined ? {} : { [pulseAttributes.parent]: parent.value }),
  };
  return createDevice(deps, caller, {
    name,
    attributes,
    protocol: type === 'GATEWAY' ? 'gateway' : 'custom',
  });
};

const templateOf = async (
  deps: Deps,
  caller: Caller,
  { templateId, templateName }: Registration,
): Promise<Result<StoredTemplate | undefined, Refusal>> => {
  if (templateId !== '') return getTemplate(deps, caller, templateId);
  if (templateName === '') return ok(undefined);
  const found = await findTemplate(deps, caller, templateName);
  return found === undefined
    ? refused({ code: 'not-found', entity: 'document', id: templateName })
    : ok(found);
};

/** The id of a Thing's parent as it is kept; a Thing may hang on another one. */
const parentOf = async (
  deps: Deps,
  caller: Caller,
  type: DeviceType,
  parentId: string,
): Promise<Result<string | undefined, Refusal>> => {
  if (type === 'GATEWAY')
    return parentId === ''
      ? ok(undefined)
      : invalid('parentId', 'none for a gateway', JSON.stringify(parentId));
  if (parentId === '') return invalid('parentId', 'what the Thing is connected to', 'none');
  const parent = await getDevice(deps, caller, parentId);
  return parent.ok ? ok(parent.value.id) : parent;
};

/** Forgets a device that no Thing is connected to and no campaign is updating. */
export const deletePulseDevice = async (
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<Result<undefined, Refusal>> => {
  const device = await getDevice(deps, caller, id);
  if (!device.ok) return device;
  const where: Expression = {
    type: 'compare',
    field: { kind: 'attribute', name: pulseAttributes.parent },
    operator: '=',
    value: device.value.id,
  };
  const page = { after: 0, limit: CHILDREN_SHOWN };
  const { items } = await deps.store.devices.list(caller.account.key, where, page);
  if (items.length > 0)
    return refused({ code: 'in-use', entity: 'device', id, by: items.map((child) => child.id) });
  return deleteDevice(deps, caller, device.value.id);
};
