import type { Protocol } from './device.ts';
import type { Plan } from './plan.ts';
import type { DeviceFacts } from './targeting.ts';
import type { Instant } from './time.ts';
import { compareVersions } from './version.ts';

export const packageKinds = ['firmware', 'software', 'file', 'bundle'] as const;
export type PackageKind = (typeof packageKinds)[number];

export const lifecyclePhases = ['verify', 'execute', 'validate', 'activate', 'reset'] as const;
export type LifecyclePhase = (typeof lifecyclePhases)[number];

/** What the bytes are: an opaque payload, or an `.iotcp` archive whose manifest was read at upload. */
export type Archive =
  | { readonly form: 'opaque' }
  | { readonly form: 'iotcp'; readonly headless: boolean; readonly phases: readonly LifecyclePhase[] };

/** Digests in lower-case hex; size in bytes. The SHA-256 is the address of the bytes. */
export type Digests = {
  readonly sha256: string;
  readonly sha1: string;
  readonly md5: string;
  readonly size: number;
};

/** Everything an operator may say about a package and change later. Empty text means "any" or "none". */
export type PackageMetadata = {
  readonly name: string;
  readonly version: string;
  readonly kind: PackageKind;
  readonly make: string;
  readonly model: string;
  readonly fromVersion: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
};

/** Bytes and metadata. The bytes never change: other bytes are another package. */
export type Package = PackageMetadata & {
  readonly id: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly digests: Digests;
  readonly archive: Archive;
  readonly createdBy: string;
  readonly createdAt: Instant;
};

/**
 * Packages without checkpoints run through by themselves. A device that gets several is headless only when
 * all of them are (reference: Pulse package format 4.2).
 */
export const areHeadless = (packages: readonly Package[]): boolean =>
  packages.every(({ archive }) => archive.form === 'opaque' || archive.headless);

/** Whether a failed phase is followed by the package's own reset script on the device. */
export const canReset = (packages: readonly Package[]): boolean =>
  packages.some(({ archive }) => archive.form === 'iotcp' && archive.phases.includes('reset'));

/** The component whose version a package sets: the firmware, or the software of its name. */
export const componentOf = (pack: PackageMetadata): string =>
  pack.kind === 'firmware' ? 'firmware' : pack.name;

/** `newer-installed`: the package would be a downgrade, which its campaign does not allow. */
export type Misfit =
  | 'wrong-make'
  | 'wrong-model'
  | 'wrong-from-version'
  | 'already-installed'
  | 'newer-installed'
  | 'protocol-cannot-carry'
  | 'other-campaign';

/**
 * Why a package is not for a device, or `undefined` when it is. A device that never told its make, model or
 * version is given the benefit of the doubt: the installer on it checks again.
 */
export const misfit = (
  pack: PackageMetadata,
  device: DeviceFacts,
  { downgrades }: Pick<Plan, 'downgrades'> = { downgrades: false },
): Misfit | undefined => {
  if (pack.make !== '' && device.make !== '' && pack.make !== device.make) return 'wrong-make';
  if (pack.model !== '' && device.model !== '' && pack.model !== device.model) return 'wrong-model';
  const component = componentOf(pack);
  const installed = Object.hasOwn(device.versions, component) ? device.versions[component] : undefined;
  if (installed === undefined) return undefined;
  const order = compareVersions(installed, pack.version);
  if (order === 0) return 'already-installed';
  if (pack.fromVersion !== '' && compareVersions(installed, pack.fromVersion) !== 0)
    return 'wrong-from-version';
  return order > 0 && !downgrades ? 'newer-installed' : undefined;
};

/**
 * Whether a protocol can bring these packages. LwM2M has an object for one firmware image, and one with slots for one
 * of software or a file; OMA-DM has FUMO for one image, and SCOMO for any number of other things.
 */
export const canCarry = (protocol: Protocol, packages: readonly PackageMetadata[]): boolean => {
  if (protocol === 'oma-dm') {
    const images = packages.filter(({ kind }) => kind === 'firmware').length;
    return packages.length > 0 && images <= 1;
  }
  return protocol !== 'lwm2m' || (packages.length === 1 && packages.every(({ kind }) => kind !== 'bundle'));
};

/** The components that some of these packages set: campaigns that share one wait for each other on a device. */
export const familyOf = (packages: readonly PackageMetadata[]): ReadonlySet<string> =>
  new Set(packages.map(componentOf));

/**
 * Why a device cannot take part in a campaign, or `undefined` when it can; `busyWith` are the components that other
 * running campaigns bring it. Of several packages one that it has already is no reason, unless it has all of them.
 */
export const unfit = (
  packages: readonly PackageMetadata[],
  device: DeviceFacts & { readonly protocol: Protocol },
  plan: Pick<Plan, 'downgrades'>,
  busyWith: ReadonlySet<string>,
): Misfit | undefined => {
  if (!canCarry(device.protocol, packages)) return 'protocol-cannot-carry';
  const misfits = packages.map((pack) => misfit(pack, device, plan));
  const worst = misfits.find((one) => one !== undefined && one !== 'already-installed');
  if (worst !== undefined) return worst;
  if (misfits.length > 0 && misfits.every((one) => one === 'already-installed')) return 'already-installed';
  return [...familyOf(packages)].some((component) => busyWith.has(component)) ? 'other-campaign' : undefined;
};
