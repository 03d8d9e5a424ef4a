import { describe, expect, it } from 'vitest';
import { toParameters } from './map.ts';
import type { ObjectList } from './object-list.ts';
import { expiryOf } from './registered.ts';
import {
  type Registration,
  readRegistration,
  readRegistrationUpdate,
  registrationLimits,
} from './registration.ts';

const wakaama =
  '</>;rt="oma.lwm2m";ct=110,</1>;ver=1.1,</1/0>,</2/0>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</31024>;ver=1.0,</31024/10>';
const anjay = '</1/1>,</2>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</9/0>,</9/1>,</10>;ver=1.1,</10/0>,</11>';
const anjay10 = '</1/1>,</5/0>,</10>;ver="1.1",</10/0>';

const request = (query: readonly string[], links = anjay, contentFormat: number | undefined = 40) => ({
  query,
  contentFormat,
  payload: Buffer.from(links),
});

const registered = (query: readonly string[], links = anjay): Registration => {
  const read = readRegistration(request(query, links));
  if (!read.ok) throw new Error(read.refusal.message);
  return read.value;
};

const refusedWith = (query: readonly string[], links = anjay, format = 40): string | undefined => {
  const read = readRegistration(request(query, links, format));
  return read.ok ? undefined : read.refusal.code;
};

const ep = 'ep=urn:imei:351756051523999';

const findObject = ({ objects }: ObjectList, id: number) => objects.find(({ object }) => object === id);

describe('the registrations that stock clients sent', () => {
  it('is read from Wakaama', () => {
    const it = registered(['lwm2m=1.1', ep, 'b=U', 'lt=60'], wakaama);
    expect(it).toMatchObject({
      endpoint: 'urn:imei:351756051523999',
      lifetime: 60,
      version: '1.1',
      binding: 'U',
      queue: false,
      root: '',
      formats: [110],
    });
    expect(findObject(it, 1)).toEqual({ object: 1, version: '1.1', instances: [0] });
    expect(findObject(it, 5)).toEqual({ object: 5, instances: [0] });
    expect(findObject(it, 31_024)).toEqual({ object: 31_024, version: '1.0', instances: [10] });
    expect(findObject(it, 9)).toBeUndefined();
  });

  it('is read from Anjay 1.0 with its quoted version and a binding that says queue', () => {
    const it = registered(['lwm2m=1.0', ep, 'lt=86400', 'b=UQ'], anjay10);
    expect(it).toMatchObject({ version: '1.0', binding: 'U', queue: true, formats: [] });
    expect(findObject(it, 10)).toEqual({ object: 10, version: '1.1', instances: [0] });
  });

  it('is read from Anjay 1.1 with a bare Q', () => {
    const it = registered(['lwm2m=1.1', ep, 'lt=86400', 'Q']);
    expect(it).toMatchObject({ version: '1.1', binding: 'U', queue: true });
    expect(findObject(it, 9)?.instances).toEqual([0, 1]);
    expect(findObject(it, 2)).toEqual({ object: 2, instances: [] });
  });

  it('is read from Anjay over TLS', () => {
    expect(registered(['lwm2m=1.2', ep, 'lt=60', 'b=T'])).toMatchObject({ version: '1.2', binding: 'T' });
  });
});

describe('parameters', () => {
  it('are 1.0, a day, UDP and always awake where they are absent', () => {
    expect(registered(['ep=box'])).toMatchObject({
      version: '1.0',
      lifetime: 86_400,
      binding: 'U',
      queue: false,
      sms: undefined,
    });
  });

  it('may leave the name out from 1.1 on, and never in 1.0', () => {
    expect(registered(['lwm2m=1.1']).endpoint).toBeUndefined();
    expect(refusedWith(['lwm2m=1.0'])).toBe('4.00');
    expect(refusedWith([])).toBe('4.00');
    expect(refusedWith(['lwm2m=1.1', 'ep='])).toBe('4.00');
  });

  it('that nobody knows are kept, and a telephone number too', () => {
    const it = registered([ep, 'lwm2m=1.2', 'sms=+491701', 'pid=1', 'vendor=a=b', 'flag']);
    expect(it.others).toEqual(['pid=1', 'vendor=a=b', 'flag']);
    expect(it.sms).toBe('+491701');
  });

  it.each(['2.0', '1.3', '0.9'])('refuse version %s with 4.12', (version) => {
    expect(refusedWith([ep, `lwm2m=${version}`])).toBe('4.12');
  });

  it('take a version of three numbers or in quotes', () => {
    expect(registered([ep, 'lwm2m=1.0.2']).version).toBe('1.0');
    expect(registered([ep, 'lwm2m="1.1"']).version).toBe('1.1');
    expect(refusedWith([ep, 'lwm2m=one'])).toBe('4.00');
  });

  it('take a lifetime of ten years and one of zero, but no other text', () => {
    expect(registered([ep, 'lt=315360000']).lifetime).toBe(315_360_000);
    expect(registered([ep, 'lt=0']).lifetime).toBe(0);
    for (const lt of ['', '-1', '1.5', 'day', '12345678901'])
      expect(refusedWith([ep, `lt=${lt}`])).toBe('4.00');
  });

  it.each([
    ['1.0', 'U', true],
    ['1.0', 'UQS', true],
    ['1.0', 'T', false],
    ['1.0', 'UT', false],
    ['1.0', 'QU', false],
    ['1.1', 'UT', true],
    ['1.1', 'TSN', true],
    ['1.1', 'UQ', true],
    ['1.1', 'M', false],
    ['1.1', 'UU', false],
    ['1.1', 'Q', false],
    ['1.1', '', false],
    ['1.2', 'MH', true],
    ['1.2', 'X', false],
  ])('of %s with binding %s is taken: %s', (version, binding, taken) => {
    expect(refusedWith([ep, `lwm2m=${version}`, `b=${binding}`])).toBe(taken ? undefined : '4.00');
  });

  it('that are there twice, too long or too many are refused', () => {
    expect(refusedWith([ep, ep])).toBe('4.00');
    expect(refusedWith([`ep=${'x'.repeat(registrationLimits.parameterBytes)}`])).toBe('4.00');
    expect(refusedWith([ep, ...new Array(registrationLimits.parameters).fill('a')])).toBe('4.00');
    expect(refusedWith([ep, ...new Array(3).fill(`a=${'x'.repeat(200)}`)])).toBe('4.00');
  });
});

describe('lists of objects', () => {
  it('below an alternate root are read without it, and the root is told', () => {
    const links = '</lwm2m>;rt="oma.lwm2m";ct="60 110 112",</lwm2m/3/0>,</lwm2m/5/0>;ver=1.1,</9/0>';
    expect(registered([ep], links)).toMatchObject({
      root: '/lwm2m',
      formats: [60, 110, 112],
      objects: [
        { object: 3, instances: [0] },
        { object: 5, version: '1.1', instances: [0] },
        { object: 9, instances: [0] },
      ],
    });
  });

  it('may leave out the slash, have commas in quotes and links of other kinds', () => {
    const links = '<5/0>, <3/0>;title="a, <b>", </sensors/temp>;rt="x", </3/0/1>, </70000>, </5/1> ,';
    expect(registered([ep], links).objects).toEqual([
      { object: 3, instances: [0] },
      { object: 5, instances: [0, 1] },
    ]);
  });

  it('may be empty, and then the device has told of no objects', () => {
    expect(registered([ep], '').objects).toEqual([]);
  });

  it('have no root that no path may begin with', () => {
    expect(registered([ep], '</a/../b c>;rt="oma.lwm2m",</5/0>')).toMatchObject({ root: '' });
    expect(registered([ep], `</${'x'.repeat(99)}>;rt="oma.lwm2m"`)).toMatchObject({ root: '' });
  });

  it('that are no links, of another format or too large are refused', () => {
    expect(refusedWith([ep], '</5/0')).toBe('4.00');
    expect(refusedWith([ep], 'five')).toBe('4.00');
    expect(refusedWith([ep], anjay, 0)).toBe('4.15');
    expect(refusedWith([ep], `<${'/5'.repeat(9000)}>`)).toBe('4.13');
    expect(registered([ep], anjay)).toEqual(
      expect.objectContaining({ objects: expect.arrayContaining([{ object: 5, instances: [0] }]) }),
    );
  });
});

describe('an update', () => {
  const update = (query: readonly string[], links = '', version: '1.0' | '1.1' = '1.1') =>
    readRegistrationUpdate(request(query, links), version);

  it('without anything changes nothing', () => {
    const read = update([]);
    expect(read).toEqual({ ok: true, value: {} });
  });

  it('changes what it names, and the list only where there is one', () => {
    const read = update(['lt=300', 'b=T', 'sms=49'], '</3/0>');
    expect(read).toMatchObject({
      ok: true,
      value: {
        ...{ lifetime: 300, binding: 'T', sms: '49' },
        list: { objects: [{ object: 3, instances: [0] }] },
      },
    });
    expect(update(['lt=300'])).toEqual({ ok: true, value: { lifetime: 300 } });
  });

  it('of 1.0 says by its binding whether the device still sleeps', () => {
    expect(update(['b=U'], '', '1.0')).toEqual({ ok: true, value: { binding: 'U', queue: false } });
    expect(update(['b=UQ'], '', '1.0')).toEqual({ ok: true, value: { binding: 'U', queue: true } });
    expect(update(['b=U'])).toEqual({ ok: true, value: { binding: 'U' } });
    expect(update(['Q'])).toEqual({ ok: true, value: { queue: true } });
  });

  it('cannot change the name or the version', () => {
    expect(update(['ep=other', 'lwm2m=1.2'])).toEqual({ ok: true, value: {} });
  });

  it('with bad values is refused', () => {
    expect(update(['lt=soon'])).toMatchObject({ refusal: { code: '4.00' } });
    expect(update(['b=T'], '', '1.0')).toMatchObject({ refusal: { code: '4.00' } });
    expect(update([], 'five')).toMatchObject({ refusal: { code: '4.00' } });
  });
});

it('a registration ends 93 seconds after its lifetime, and never with a lifetime of zero', () => {
  expect(expiryOf(60, 1_000_000)).toBe(1_000_000 + 153_000);
  expect(expiryOf(0, 1_000_000)).toBe(Number.MAX_SAFE_INTEGER);
});

it('what else a device said is kept, and what it says anew takes the place of that', () => {
  const kept = toParameters({ binding: 'U', sms: '49151', others: ['pid=1', 'x'] });
  expect(kept).toBe('b=U&sms=49151&pid=1&x');
  expect(toParameters({ binding: 'T' }, kept)).toBe('b=T&sms=49151&pid=1&x');
  expect(toParameters({}, kept)).toBe(kept);
});
