import { type DevicePatch, patchDevice } from '../domain/device.ts';
import { componentOf, type Package } from '../domain/package.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Caller } from './caller.ts';
import { event, save } from './change.ts';
import { getDevice } from './devices.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredDevice } from './records.ts';

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

type Telling = { readonly patch: DevicePatch; readonly due: boolean };

/** Load, change, save; where nothing is to change, nothing is written. */
const tell = (
  { store, clock }: Deps,
  speaker: Speaker,
  id: string,
  tellingOf: (was: StoredDevice) => Telling,
): Promise<Result<undefined, Refusal>> => {
  const account = speaker.account.key;
  return save<undefined>(store, { entity: 'device', id }, async () => {
    const found = await getDevice({ store }, speaker, id);
    if (!found.ok) return found;
    const was = found.value;
    const { patch, due } = tellingOf(was);
    const patched = patchDevice(was, patch);
    if (!patched.ok) return patched;
    const value = { ...patched.value, attributesDue: due };
    const fields = (['attributes', 'versions'] as const).filter((field) => value[field] !== was[field]);
    if (fields.length === 0 && due === was.attributesDue) {
      return ok({ change: { account, writes: [], events: [] }, value: undefined });
    }
    const told = event(
      { type: 'device-changed', fields },
      { actor: speaker.actor, at: clock() },
      { device: was.key },
    );
    return ok({
      change: {
        account,
        writes: [{ save: 'device', was, value }],
        events: fields.length === 0 ? [] : [told],
      },
      value: undefined,
    });
  });
};

/** A device tells its attributes; it need not be asked again. */
export const setAttributes = (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  mode: AttributeMode,
  told: ToldAttributes,
): Promise<Result<undefined, Refusal>> =>
  tell(deps, speaker, device.id, (was) => ({
    patch: { attributes: attributePatch(was.attributes, mode, told) },
    due: false,
  }));

/** A device has installed packages: their versions are its own from now on, and it is asked for its attributes. */
export const noteInstalled = (
  deps: Deps,
  speaker: Speaker,
  device: StoredDevice,
  packages: readonly Package[],
): Promise<Result<undefined, Refusal>> =>
  tell(deps, speaker, device.id, () => ({ patch: { versions: versionsOf(packages) }, due: true }));

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
