import { describe, expect, it } from 'vitest';
import {
  areHeadless,
  canCarry,
  canReset,
  componentOf,
  lifecyclePhases,
  type Misfit,
  misfit,
  type Package,
  type PackageMetadata,
  unfit,
} from './package.ts';
import type { DeviceFacts } from './targeting.ts';

const pack: Package = {
  id: 'p1',
  name: 'gateway-os',
  version: '2.0.0',
  kind: 'firmware',
  make: 'acme',
  model: 'x1',
  fromVersion: '',
  description: '',
  labels: {},
  fileName: 'os.bin',
  contentType: 'application/octet-stream',
  digests: { sha256: '', sha1: '', md5: '', size: 0 },
  archive: { form: 'opaque' },
  createdBy: 'ann',
  createdAt: 0,
};

const device: DeviceFacts = {
  id: 'd1',
  name: '',
  make: 'acme',
  model: 'x1',
  protocol: 'ddi',
  standing: 'accepted',
  timeZone: 'UTC',
  tags: [],
  versions: { firmware: '1.0.0' },
  attributes: {},
  lastSeenAt: 0,
  createdAt: 0,
};

const archived = (headless: boolean, phases: (typeof lifecyclePhases)[number][] = []): Package => ({
  ...pack,
  archive: { form: 'iotcp', headless, phases },
});

type Row = readonly [
  given: string,
  ofPackage: Partial<PackageMetadata>,
  ofDevice: Partial<DeviceFacts>,
  expected: Misfit | undefined,
];

const rows: readonly Row[] = [
  ['an older version', {}, {}, undefined],
  ['another make', {}, { make: 'other' }, 'wrong-make'],
  ['a make in other letters', {}, { make: 'Acme' }, 'wrong-make'],
  ['another model', {}, { model: 'x2' }, 'wrong-model'],
  ['another make and model', {}, { make: 'other', model: 'x2' }, 'wrong-make'],
  ['a device that never told its make or model', {}, { make: '', model: '' }, undefined],
  ['a package for any make and model', { make: '', model: '' }, { make: 'other', model: 'x2' }, undefined],
  ['a device that never told its version', {}, { versions: {} }, undefined],
  ['the version of another component', {}, { versions: { app: '2.0.0' } }, undefined],
  ['the same version', {}, { versions: { firmware: '2.0.0' } }, 'already-installed'],
  ['the same version written otherwise', {}, { versions: { firmware: 'v2.0.00+7' } }, 'already-installed'],
  ['a newer version', {}, { versions: { firmware: '2.0.1' } }, 'newer-installed'],
  ['the version to come from', { fromVersion: '1.0.0' }, {}, undefined],
  ['an older version than to come from', { fromVersion: '1.5' }, {}, 'wrong-from-version'],
  ['a newer version than to come from', { fromVersion: '0.9' }, {}, 'wrong-from-version'],
  ['an unknown version, with one to come from', { fromVersion: '1.5' }, { versions: {} }, undefined],
  [
    'the same version, with one to come from',
    { fromVersion: '1.5' },
    { versions: { firmware: '2.0.0' } },
    'already-installed',
  ],
  [
    'a newer one that is the version to come from',
    { fromVersion: '3' },
    { versions: { firmware: '3' } },
    'newer-installed',
  ],
  [
    'software of its own name',
    { kind: 'software' },
    { versions: { 'gateway-os': '2.0.0' } },
    'already-installed',
  ],
  [
    'software, and the firmware of its version',
    { kind: 'software' },
    { versions: { firmware: '2.0.0' } },
    undefined,
  ],
];

describe('whether a package is for a device', () => {
  it.each(rows)('given %s', (_, ofPackage, ofDevice, expected) => {
    expect(misfit({ ...pack, ...ofPackage }, { ...device, ...ofDevice })).toBe(expected);
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'is not asked of what every object has, given software named %s',
    (name) => {
      expect(misfit({ ...pack, kind: 'software', name }, device)).toBeUndefined();
    },
  );

  it('knows the version that a device has under such a name', () => {
    const versions = JSON.parse('{"__proto__":"2.0.0"}') as Record<string, string>;
    expect(misfit({ ...pack, kind: 'software', name: '__proto__' }, { ...device, versions })).toBe(
      'already-installed',
    );
  });
});

describe('the component of a package', () => {
  it.each([
    ['firmware', 'firmware'],
    ['software', 'gateway-os'],
    ['file', 'gateway-os'],
    ['bundle', 'gateway-os'],
  ] as const)('of kind %s is %s', (kind, component) => {
    expect(componentOf({ ...pack, kind })).toBe(component);
  });
});

describe('packages that a device gets together', () => {
  it.each([
    ['none', [], true],
    ['an opaque one', [pack], true],
    ['a headless archive', [archived(true)], true],
    ['an archive with checkpoints', [archived(false)], false],
    ['a headless and an opaque one', [archived(true), pack], true],
    ['one with checkpoints among headless ones', [archived(true), archived(false), pack], false],
  ])('given %s, are headless: %s', (_, packages, expected) => {
    expect(areHeadless(packages)).toBe(expected);
  });

  const others = lifecyclePhases.filter((phase) => phase !== 'reset');

  it.each([
    ['none', [], false],
    ['an opaque one', [pack], false],
    ['archives without a reset', [archived(true, others), archived(false)], false],
    ['an archive with a reset', [archived(true, ['reset'])], true],
    ['a reset in one of two', [archived(true, others), archived(false, ['execute', 'reset'])], true],
  ])('given %s, can be reset: %s', (_, packages, expected) => {
    expect(canReset(packages)).toBe(expected);
  });
});

describe('a downgrade', () => {
  const newer = { ...device, versions: { firmware: '2.0.1' } };

  it('is refused unless the campaign allows it', () => {
    expect(misfit(pack, newer, { downgrades: false })).toBe('newer-installed');
    expect(misfit(pack, newer, { downgrades: true })).toBeUndefined();
    expect(misfit({ ...pack, fromVersion: '1.0.0' }, newer, { downgrades: true })).toBe('wrong-from-version');
  });
});

describe('what a protocol can carry', () => {
  const app: Package = { ...pack, kind: 'software', name: 'app' };

  it.each([
    ['ddi', [pack, app], true],
    ['gateway', [archived(false), app], true],
    ['custom', [pack, app], true],
    ['lwm2m', [pack], true],
    ['lwm2m', [pack, pack], false],
    ['lwm2m', [app], true],
    ['lwm2m', [{ ...pack, kind: 'bundle' }], false],
    ['oma-dm', [pack], true],
    ['oma-dm', [app], true],
    ['oma-dm', [pack, app, app], true],
    ['oma-dm', [pack, pack], false],
    ['oma-dm', [], false],
  ] as const)('%s, given %j: %s', (protocol, packages, carries) => {
    expect(canCarry(protocol, packages)).toBe(carries);
  });
});

describe('why a device cannot take part', () => {
  const app: Package = { ...pack, kind: 'software', name: 'app' };
  const plan = { downgrades: false };
  const own = { ...device, protocol: 'ddi' } as const;
  const free = new Set<string>();

  it.each([
    ['nothing in the way', [pack, app], own, free, undefined],
    ['a protocol without room', [pack, app], { ...own, protocol: 'lwm2m' }, free, 'protocol-cannot-carry'],
    ['another model', [app, pack], { ...own, model: 'x2' }, free, 'wrong-model'],
    ['one package that it has', [pack, app], { ...own, versions: { app: '2.0.0' } }, free, undefined],
    [
      'all packages that it gets',
      [pack, app],
      { ...own, versions: { app: '2.0.0', firmware: '2.0.0' } },
      free,
      'already-installed',
    ],
    ['a downgrade', [pack, app], { ...own, versions: { app: '3' } }, free, 'newer-installed'],
    ['another campaign for a component', [pack, app], own, new Set(['app']), 'other-campaign'],
    ['another campaign for something else', [pack, app], own, new Set(['maps']), undefined],
  ] as const)('given %s', (_, packages, on, busyWith, expected) => {
    expect(unfit(packages, on, plan, busyWith)).toBe(expected);
  });
});
