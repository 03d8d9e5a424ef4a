import { type DevicePatch, type Protocol, patchDevice } from '../domain/device.ts';
import type { CampaignKey } from '../domain/ids.ts';
import { componentOf, type Package } from '../domain/package.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Update } from '../domain/update.ts';
import type { Caller } from './caller.ts';
import { event, save } from './change.ts';
import { findInstalled } from './device-work.ts';
import { getDevice } from './devices.ts';
import type { EventBody } from './event-records.ts';
import type { Besides, By } from './member.ts';
import { joinMatching } from './membership.ts';
import type { Clock, Store } from './ports.ts';
import { type PropertyChange, SYSTEM, systemPatch } from './pulse-profile.ts';
import type { StoredDevice } from './records.ts';
import { packagesOf } from './surroundings.ts';
import type { Change } from './writes.ts';

type Deps = { readonly store: Store; readonly clock: Clock };
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** How what a device tells meets what is known: added to it, in place of all of it, or taken away by name. */
export type AttributeMode = 'merge' | 'replace' | 'remove';

/** `null` takes a name away, whatever the mode. */
export type ToldAttributes = Readonly<Record<string, string | null>>;

/** Names that are in what is known and in nothing that was told. */
const absent = (known: object, told: ToldAttributes): ToldAttributes =>
  Object.fromEntries(
    Object.keys(known)
      .filter((name) => !Object.hasOwn(told, name))
      .map((name) => [name, null]),
  );

const cleared = (told: ToldAttributes): ToldAttributes =>
  Object.fromEntries(Object.keys(told).map((name) => [name, null]));

/** What the telling makes of attributes that are known, as a patch of them. */
export const attributePatch = (
  known: StoredDevice['attributes'],
  mode: AttributeMode,
  told: ToldAttributes,
): ToldAttributes => {
  if (mode === 'remove') return cleared(told);
  return mode === 'merge' ? told : { ...absent(known, told), ...told };
};

type Telling = {
  readonly patch: DevicePatch;
  readonly due: boolean;
  /** What else happened if this makes other versions known. */
  readonly findings?: readonly Finding[];
};

type Finding = { readonly campaign: CampaignKey; readonly body: EventBody };

/** What a telling writes; nothing where it changes nothing. `fields` are those of the device that it changes. */
const changeBy = (
  was: StoredDevice,
  { patch, due, findings = [] }: Telling,
  by: By,
): Result<Pick<Change, 'writes' | 'events'> & { readonly fields: readonly string[] }, Refusal> => {
  const patched = patchDevice(was, patch);
  if (!patched.ok) return patched;
  const value = { ...patched.value, attributesDue: due };
  const fields = (['make', 'model', 'protocol', 'attributes', 'versions'] as const).filter(
    (field) => value[field] !== was[field],
  );
  if (fields.length === 0 && due === was.attributesDue) return ok({ writes: [], events: [], fields });
  const told = event({ type: 'device-changed', fields }, by, { device: was.key });
  const found = fields.includes('versions') ? findings : [];
  return ok({
    writes: [{ save: 'device', was, value }],
    events: [
      ...(fields.length === 0 ? [] : [told]),
      ...found.map(({ body, campaign }) => event(body, by, { campaign, device: was.key })),
    ],
    fields,
  });
};

/** Load, change, save; where nothing is to change, nothing is written. */
const tell = async (
  { store, clock }: Deps,
  speaker: Speaker,
  id: string,
  tellingOf: (was: StoredDevice) => Telling,
): Promise<Result<undefined, Refusal>> => {
  const account = speaker.account.key;
  let changed = false;
  const saved = await save<undefined>(store, { entity: 'device', id }, async () => {
    const device = await getDevice({ store }, speaker, id);
    if (!device.ok) return device;
    const made = changeBy(device.value, tellingOf(device.value), { actor: speaker.actor, at: clock() });
    if (!made.ok) return made;
    const { writes, events, fields } = made.value;
    changed = fields.length > 0;
    return ok({ change: { account, writes, events }, value: undefined });
  });
  if (saved.ok && changed) await joinMatching({ store, clock }, speaker, [id]);
  return saved;
};

/**
 * A device tells its attributes; it need not be asked again. Attributes that the account names as the version of
 * a component make that known too, and are held against the update that the device said it had installed.
 */
export const setAttributes = async (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  mode: AttributeMode,
  told: ToldAttributes,
): Promise<Result<undefined, Refusal>> => {
  const versions = mode === 'remove' ? {} : toldVersions(speaker.account.settings, told);
  const findings = await contradictions(deps, speaker, device, versions);
  return tell(deps, speaker, device.id, (was) => ({
    patch: { attributes: attributePatch(was.attributes, mode, told), versions },
    due: false,
    findings,
  }));
};

/** What the name of a system property begins with that is the version of a component. */
const VERSION_PREFIX = `${SYSTEM}version.`;

/**
 * A device tells properties of its system. They are its attributes `system.<name>`; those called
 * `version.<component>` are the versions of its components too, and are held against the update that it said it had
 * installed.
 */
export const setSystemProperties = async (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  change: PropertyChange,
): Promise<Result<undefined, Refusal>> => {
  const patch = systemPatch(change);
  if (!patch.ok) return patch;
  const attributes = patch.value;
  const versions = Object.entries(attributes)
    .filter(([name]) => name.startsWith(VERSION_PREFIX) && name !== VERSION_PREFIX)
    .map(
      ([name, value]) =>
        [name.slice(VERSION_PREFIX.length), value === null || value === '' ? null : `${value}`] as const,
    );
  const known = versions.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  const findings = await contradictions(deps, speaker, device, Object.fromEntries(known));
  return tell(deps, speaker, device.id, () => ({
    patch: { attributes, versions: Object.fromEntries(versions) },
    due: false,
    findings,
  }));
};

/** The account's setting that names the component whose version an attribute is. */
const VERSION_SETTING = 'ddi.version.';

const toldVersions = (
  settings: Readonly<Record<string, string>>,
  told: ToldAttributes,
): Readonly<Record<string, string>> => {
  const versions: [string, string][] = [];
  for (const [name, version] of Object.entries(told)) {
    const component = settings[`${VERSION_SETTING}${name}`];
    if (component !== undefined && version !== null && version !== '') versions.push([component, version]);
  }
  return Object.fromEntries(versions);
};

const contradictions = async (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  versions: Readonly<Record<string, string>>,
): Promise<readonly Finding[]> => {
  if (Object.keys(versions).length === 0) return [];
  const given = await findInstalled(deps, speaker, device);
  if (given === undefined) return [];
  return given.packages.flatMap((pack): readonly Finding[] => {
    const component = componentOf(pack);
    const told = Object.hasOwn(versions, component) ? versions[component] : undefined;
    if (told === undefined || told === pack.version) return [];
    const said = { component, expected: pack.version, told };
    const body = { type: 'device-contradicted', ...said, offeredAgain: false } as const;
    return [{ campaign: given.campaign.key, body }];
  });
};

/** What a device is found to be by asking it. Make and model fill in what nobody has said before. */
export type Inventory = {
  readonly make: string | undefined;
  readonly model: string | undefined;
  readonly versions: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
};

/**
 * Takes what was read of a device; it need not be asked again. Its versions are held against the update that it said it
 * had installed.
 */
export const setInventory = async (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  { make, model, versions, attributes }: Inventory,
): Promise<Result<undefined, Refusal>> => {
  const isNew = ([component, version]: readonly [string, string]): boolean =>
    device.versions[component] !== version;
  const fresh = Object.fromEntries(Object.entries(versions).filter(isNew));
  const findings = await contradictions(deps, speaker, device, fresh);
  return tell(deps, speaker, device.id, (was) => ({
    patch: {
      ...(was.make === '' && make !== undefined && { make }),
      ...(was.model === '' && model !== undefined && { model }),
      versions,
      attributes,
    },
    due: false,
    findings,
  }));
};

/** A device that proved who it is speaks another protocol than it was known to: that is its own from now on. */
export const setProtocol = (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  protocol: Protocol,
): Promise<Result<undefined, Refusal>> =>
  tell(deps, speaker, device.id, () => ({ patch: { protocol }, due: true }));

/** A device has installed packages: their versions are its own from now on, and it is asked for its attributes. */
export const noteInstalled = (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  packages: readonly Package[],
): Promise<Result<undefined, Refusal>> => tell(deps, speaker, device.id, () => having(packages));

const having = (packages: readonly Package[]): Telling => ({
  patch: { versions: versionsOf(packages) },
  due: true,
});

/** The same, to be written along with the report that says so; a device that cannot have such versions keeps its own. */
export const installing =
  ({ store }: Pick<Deps, 'store'>, { account }: Speaker): Besides =>
  async (was, { campaign, device, update }, by) => {
    if (isSuccess(was.update) || !isSuccess(update)) return { writes: [], events: [] };
    const made = changeBy(device, having(await packagesOf(store, account.key, campaign, update)), by);
    return made.ok ? made.value : { writes: [], events: [] };
  };

const isSuccess = (update: Update): boolean => update.status === 'closed' && update.outcome === 'succeeded';

const versionsOf = (packages: readonly Package[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    packages.filter(({ version }) => version !== '').map((pack) => [componentOf(pack), pack.version]),
  );

const MOST_PACKAGES = 1_000;

/** A device says by name and version which package it has already; `known` when that is nothing new. */
export const claimInstalled = async (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  { name, version }: { readonly name: string; readonly version: string },
): Promise<Result<'known' | 'new', Refusal>> => {
  const filter = { text: name, kind: null, make: '', model: '' };
  const page = { after: 0, limit: MOST_PACKAGES };
  const { items } = await deps.store.packages.list(speaker.account.key, filter, page);
  const pack = items.find((candidate) => candidate.name === name && candidate.version === version);
  if (pack === undefined) return refused({ code: 'not-found', entity: 'package', id: `${name} ${version}` });
  if (device.versions[componentOf(pack)] === version) return ok('known');
  const told = await tell(deps, speaker, device.id, ({ attributesDue }) => ({
    patch: { versions: versionsOf([pack]) },
    due: attributesDue,
  }));
  return told.ok ? ok('new') : told;
};
