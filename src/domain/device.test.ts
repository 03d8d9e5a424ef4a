import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../test/support/deep-freeze.ts';
import {
  checkDeviceId,
  type Device,
  type DevicePatch,
  isTimeZone,
  limits,
  normaliseDeviceId,
  patchDevice,
  registerDevice,
  takesAllAtOnce,
} from './device.ts';
import { defaultPlan } from './plan.ts';

const device: Device = deepFreeze({
  id: 'd1',
  name: 'pump',
  make: 'acme',
  model: 'x1',
  protocol: 'ddi',
  timeZone: 'Europe/Berlin',
  tags: ['north', 'pilot'],
  versions: { firmware: '1.0', app: '3' },
  attributes: { site: 'hall 2', floors: 2, outside: false },
  lastSeenAt: 7,
  createdAt: 5,
  standing: 'waiting',
  autoConfirm: { by: 'ada', remark: '', at: 6 },
  attributesDue: false,
});

const patched = (patch: DevicePatch, of = device): Device => {
  const result = patchDevice(of, deepFreeze(patch));
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
};

const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, 'v']));

describe('a device id', () => {
  it.each([
    ['urn:imei:990000862471854', '990000862471854'],
    ['URN:IMEI:990000862471854', '990000862471854'],
    ['urn:uuid:0b0f5c2e-5a0e-4f66-9a9a-0d8b2d2f1f00', '0b0f5c2e-5a0e-4f66-9a9a-0d8b2d2f1f00'],
    ['  d1\n', 'd1'],
    ['urn:dev:ops:1', 'urn:dev:ops:1'],
    ['Pump-7', 'Pump-7'],
  ])('given %j, is %j', (id, normal) => {
    expect(normaliseDeviceId(id)).toBe(normal);
    expect(checkDeviceId(id)).toEqual({ ok: true, value: normal });
  });

  it.each(['a', '0', 'a.b_c:d@e+f~g-h', 'x'.repeat(128)])('given %j, is taken as it is', (id) => {
    expect(checkDeviceId(id)).toEqual({ ok: true, value: id });
  });

  it.each([
    '',
    ' ',
    'urn:imei:',
    '.',
    '..',
    '-a',
    '__proto__',
    'a/b',
    'a b',
    'a%2fb',
    'ä',
    'a\u0000',
    'x'.repeat(129),
  ])('given %j, is refused with what came', (id) => {
    expect(checkDeviceId(id)).toMatchObject({
      ok: false,
      refusal: { code: 'invalid', field: 'id', got: JSON.stringify(id) },
    });
  });

  it('stays the same when it is normalised again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (id) => {
        const checked = checkDeviceId(id);
        if (checked.ok) expect(checkDeviceId(checked.value)).toEqual(checked);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'Asia/Kathmandu'])(
    'may be %s',
    (zone) => {
      expect(isTimeZone(zone)).toBe(true);
    },
  );

  it.each([
    '',
    'Mars/Olympus',
    '+01:00',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00[Europe/Berlin]',
    'Europe/Berlin ',
    '__proto__',
  ])('may not be %j, asked once or twice', (zone) => {
    expect([isTimeZone(zone), isTimeZone(zone)]).toEqual([false, false]);
  });
});

describe('a patch of a device', () => {
  it.each<[string, DevicePatch]>([
    ['nothing', {}],
    [
      'undefined everywhere',
      { name: undefined, tags: undefined, versions: undefined, attributes: undefined },
    ],
    [
      'what is so already',
      { name: 'pump', protocol: 'ddi', attributes: { floors: 2 }, versions: { app: '3' } },
    ],
    ['its tags in another order and twice', { tags: ['pilot', 'north', 'pilot'] }],
    ['empty parts', { attributes: {}, versions: {} }],
    [
      'the removal of what is not there',
      { attributes: { colour: null, constructor: null }, versions: { os: null } },
    ],
  ])('given %s, gives the same object', (_, patch) => {
    expect(patched(patch)).toBe(device);
  });

  it('leaves what is absent, clears text with an empty one, and a name in a record with null', () => {
    expect(
      patched({ name: '', attributes: { site: null, floors: 3 }, versions: { app: null, os: '9' } }),
    ).toEqual({
      ...device,
      name: '',
      attributes: { floors: 3, outside: false },
      versions: { firmware: '1.0', os: '9' },
    });
  });

  it('replaces tags as a whole', () => {
    expect(patched({ tags: ['z', 'a', 'z'] }).tags).toEqual(['a', 'z']);
    expect(patched({ tags: [] }).tags).toEqual([]);
  });

  it('tells a number from the text that looks like it', () => {
    expect(patched({ attributes: { floors: '2' } }).attributes['floors']).toBe('2');
  });

  it('takes the names that every object has as plain data', () => {
    const names = '{"__proto__":"p","constructor":"c","toString":"t","hasOwnProperty":"h"}';
    const record = JSON.parse(names) as Record<string, string>;
    const after = patched({ attributes: record, versions: record });
    for (const part of [after.attributes, after.versions]) {
      expect(Object.getPrototypeOf(part)).toBe(Object.prototype);
      expect(Object.entries(part)).toEqual(expect.arrayContaining(Object.entries(record)));
    }
    expect(({} as Record<string, unknown>)['p']).toBeUndefined();
    const removal = JSON.parse(names.replaceAll(/"[a-z]"/g, 'null')) as Record<string, null>;
    expect(patched({ attributes: removal, versions: removal }, after)).toEqual(device);
  });

  it.each<[string, DevicePatch, field: string]>([
    ['an unknown zone', { timeZone: 'Mars/Olympus' }, 'timeZone'],
    ['too many attributes', { attributes: many(limits.attributes) }, 'attributes'],
    ['too many versions', { versions: many(limits.versions) }, 'versions'],
    ['too many tags', { tags: Object.keys(many(limits.tags + 1)) }, 'tags'],
    ['a name too long', { name: 'x'.repeat(limits.text + 1) }, 'name'],
    ['a tag too long', { tags: ['x'.repeat(limits.text + 1)] }, 'tags'],
    ['a version too long', { versions: { app: 'x'.repeat(limits.text + 1) } }, 'versions'],
    ['the name of an attribute too long', { attributes: { ['x'.repeat(limits.text + 1)]: 1 } }, 'attributes'],
    ['an attribute too long', { attributes: { site: 'x'.repeat(limits.value + 1) } }, 'attributes'],
  ])('given %s, is refused and names the field', (_, patch, field) => {
    expect(patchDevice(device, patch)).toMatchObject({ ok: false, refusal: { code: 'invalid', field } });
  });

  it.each<[string, DevicePatch]>([
    ['as many attributes as allowed', { attributes: many(limits.attributes - 3) }],
    ['as many versions as allowed', { versions: many(limits.versions - 2) }],
    ['as many tags as allowed', { tags: Object.keys(many(limits.tags)) }],
    ['a name as long as allowed', { name: 'x'.repeat(limits.text) }],
    ['an attribute as long as allowed', { attributes: { site: 'x'.repeat(limits.value) } }],
  ])('given %s, is taken', (_, patch) => {
    expect(patchDevice(device, patch).ok).toBe(true);
  });

  const name = fc.constantFrom('a', 'b', 'site', 'floors', '__proto__', 'constructor', '7');
  const record = <T>(value: fc.Arbitrary<T>) =>
    fc.array(fc.tuple(name, fc.option(value, { nil: null }))).map((entries) => Object.fromEntries(entries));
  const patch: fc.Arbitrary<DevicePatch> = fc.record(
    {
      name: fc.constantFrom('', 'pump', 'valve'),
      protocol: fc.constantFrom('ddi', 'lwm2m'),
      tags: fc.array(fc.constantFrom('north', 'pilot', 'south')),
      versions: record(fc.constantFrom('1', '2')),
      attributes: record(fc.oneof(fc.integer(), fc.boolean(), fc.string())),
    },
    { requiredKeys: [] },
  );

  it('applied again changes nothing, and never touches who the device is', () => {
    fc.assert(
      fc.property(patch, patch, (first, second) => {
        const after = deepFreeze(patched(second, deepFreeze(patched(first))));
        expect(patched(second, after)).toBe(after);
        const { id, createdAt, lastSeenAt, standing, autoConfirm, attributesDue } = after;
        const settled = { standing, autoConfirm, attributesDue };
        expect({ id, createdAt, lastSeenAt }).toEqual({ id: 'd1', createdAt: 5, lastSeenAt: 7 });
        expect(settled).toEqual({
          standing: 'waiting',
          autoConfirm: { by: 'ada', remark: '', at: 6 },
          attributesDue: false,
        });
        expect([...Object.values(after.versions), ...Object.values(after.attributes)]).not.toContain(null);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a new device', () => {
  it('has what was said and the defaults of the rest', () => {
    expect(registerDevice('urn:imei:99', { tags: ['b', 'a'] }, 40)).toEqual({
      ok: true,
      value: {
        id: '99',
        name: '',
        make: '',
        model: '',
        protocol: 'ddi',
        timeZone: 'UTC',
        tags: ['a', 'b'],
        versions: {},
        attributes: {},
        lastSeenAt: 0,
        createdAt: 40,
        standing: 'accepted',
        autoConfirm: null,
        attributesDue: true,
      },
    });
  });

  it('may have to wait for an operator', () => {
    expect(registerDevice('a', {}, 0, 'waiting')).toMatchObject({ value: { standing: 'waiting' } });
  });

  it('is refused with a bad id or a bad profile', () => {
    expect(registerDevice('a/b', {}, 0)).toMatchObject({ ok: false, refusal: { field: 'id' } });
    expect(registerDevice('a', { timeZone: 'nowhere' }, 0)).toMatchObject({
      ok: false,
      refusal: { field: 'timeZone' },
    });
  });
});

describe('whether a device takes all phases at once', () => {
  const dm = (steps?: string) => ({
    protocol: 'oma-dm' as const,
    attributes: steps === undefined ? {} : { 'dm.steps': steps },
  });
  const night = [{ days: [1], from: 0, to: 60, zone: 'utc' }] as const;
  const at = { notBefore: 1, windows: night, spread: 0 };
  const slot = { begin: 1, end: null };

  it.each([
    ['that does', dm('one'), { install: at }, {}, true],
    ['that does not', dm('two'), {}, {}, false],
    ['that did not say', dm(), { install: at }, {}, true],
    ['that can, without times', dm('either'), {}, {}, true],
    ['that can, with a time for installing', dm('either'), { install: at }, {}, false],
    ['that can, with the same time for both', dm('either'), { install: at, download: { ...at } }, {}, true],
    ['that can, with a time for the download', dm('either'), { download: at }, {}, true],
    ['that can, with a go for the download', dm('either'), { checkpoints: ['download'] }, {}, true],
    ['that can, with a go for installing', dm('either'), { checkpoints: ['execution'] }, {}, false],
    ['that can, with a slot for installing', dm('either'), {}, { execution: slot }, false],
    ['of another protocol', { protocol: 'ddi', attributes: {} }, { install: at }, {}, true],
    [
      'of DDI that waits',
      { protocol: 'ddi', attributes: { 'ddi.steps': 'two' } },
      { install: at },
      {},
      false,
    ],
    ['of DDI that need not', { protocol: 'ddi', attributes: { 'ddi.steps': 'two' } }, {}, {}, true],
    ['of a protocol of steps', { protocol: 'lwm2m', attributes: {} }, {}, {}, false],
  ] as const)('one %s', (_, device, plan, slots, expected) => {
    expect(takesAllAtOnce(device, { ...defaultPlan, ...plan }, slots)).toBe(expected);
  });
});
