import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Caller } from './caller.ts';
import { createDocument, deleteDocument, editDocument, getDocument, sliceDocuments } from './documents.ts';
import type { Slice, Sliced } from './lists.ts';
import type { Clock, Ids, Store } from './ports.ts';
import { customPatch, type DeviceType, type Property, pulseAttributes } from './pulse-profile.ts';
import type { StoredDocument, WireDocument } from './records.ts';

type Reading = { readonly store: Store };
type Writing = Reading & { readonly clock: Clock };

/** The blueprint of a device as Pulse has it; what no rule of ours reads is kept as it came. */
export type DeviceTemplate = {
  readonly deviceType: DeviceType;
  readonly systemProperties: readonly { readonly name: string }[];
  /** Given to each device that is made from it. */
  readonly customProperties: readonly Property[];
  readonly enrollmentProvider: { readonly type: string; readonly providerConfig: string };
  readonly allowedMetrics: readonly unknown[];
  readonly allowedCommands: readonly unknown[];
  readonly imageDetails: readonly unknown[];
  readonly settings: readonly unknown[];
  readonly childTemplates: readonly string[];
};
export type NamedTemplate = DeviceTemplate & { readonly name: string };
export type StoredTemplate = NamedTemplate & { readonly id: string; readonly revision: number };

const KIND = 'pulse/device-template';
const USERS_SHOWN = 10;

// Only this file writes documents of the kind.
const fromDocument = ({ id, name, version, body }: StoredDocument): StoredTemplate => ({
  ...(body as DeviceTemplate),
  id,
  name,
  revision: version,
});

/** A page of the account's templates by its place. */
export const sliceTemplates = async (
  { store }: Reading,
  caller: Caller,
  slice: Slice,
): Promise<Sliced<StoredTemplate>> => {
  const { items, total } = await sliceDocuments({ store }, caller, KIND, slice);
  return { items: items.map(fromDocument), total };
};

/** The template of a name, without regard to case. */
export const findTemplate = async (
  { store }: Reading,
  { account }: Pick<Caller, 'account'>,
  name: string,
): Promise<StoredTemplate | undefined> => {
  const found = await store.documents.findByName(account.key, KIND, name);
  return found && fromDocument(found);
};

/** A template of the caller's account by its id. */
export const getTemplate = async (
  { store }: Reading,
  caller: Pick<Caller, 'account'>,
  id: string,
): Promise<Result<StoredTemplate, Refusal>> => {
  const found = await getDocument({ store }, caller, { kind: KIND, id });
  return found.ok ? ok(fromDocument(found.value)) : found;
};

/** The names of those templates of some ids that there are. */
export const templateNames = async (
  deps: Reading,
  caller: Pick<Caller, 'account'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const given = [...new Set(ids)].filter((id) => id !== '');
  const found = await Promise.all(given.map((id) => getTemplate(deps, caller, id)));
  return new Map(found.flatMap((each) => (each.ok ? [[each.value.id, each.value.name] as const] : [])));
};

/** Keeps a new template; its name is unique in the account without regard to case. */
export const createTemplate = async (
  deps: Writing & { readonly ids: Ids },
  caller: Caller,
  template: NamedTemplate,
): Promise<Result<WireDocument, Refusal>> => {
  const flaw = flawIn(template);
  return flaw ?? createDocument(deps, caller, { kind: KIND, ...toInput(template) });
};

/** Puts what `edit` makes of a template in its place; devices that were made from it stay as they are. */
export const editTemplate = (
  deps: Writing,
  caller: Caller,
  id: string,
  edit: (was: NamedTemplate) => NamedTemplate,
): Promise<Result<WireDocument, Refusal>> =>
  editDocument(deps, caller, { kind: KIND, id }, (was) => {
    const { id: _, revision: __, ...template } = fromDocument(was);
    const edited = edit(template);
    return flawIn(edited) ?? ok(toInput(edited));
  });

/** Forgets a template that no device has. */
export const deleteTemplate = async (
  deps: Writing,
  caller: Caller,
  id: string,
): Promise<Result<undefined, Refusal>> => {
  const where: Expression = {
    type: 'compare',
    field: { kind: 'attribute', name: pulseAttributes.template },
    operator: '=',
    value: id,
  };
  const page = { after: 0, limit: USERS_SHOWN };
  const { items } = await deps.store.devices.list(caller.account.key, where, page);
  if (items.length > 0)
    return refused({ code: 'in-use', entity: 'document', id, by: items.map((device) => device.id) });
  return deleteDocument(deps, caller, { kind: KIND, id });
};

const toInput = ({ name, ...body }: NamedTemplate) => ({ name, body });

const flawIn = ({ name, customProperties }: NamedTemplate) => {
  if (name.trim() === '')
    return refused<Refusal>({ code: 'invalid', field: 'name', expected: 'a name', got: 'none' });
  const patch = customPatch({ upsert: customProperties, remove: [] });
  return patch.ok ? undefined : patch;
};
