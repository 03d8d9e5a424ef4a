import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendRaw } from '../../support/raw-http.ts';
import { type Fleet, startFleet, type TestDevice } from './fleet.ts';

let fleet: Fleet;
let device: TestDevice;
beforeEach(async () => {
  fleet = await startFleet();
  device = await fleet.device();
});
afterEach(() => fleet.api.close());

const put = (body: unknown) => device.ask('PUT', '/configData', { body });
const known = async () => (await fleet.api.call('GET', `/devices/${device.id}`)).body.attributes;

describe('configData', () => {
  it('B1: merges, and removes what is null', async () => {
    await put({ mode: 'merge', data: { VIN: 'JH4', hw: '1' } });
    await put({ data: { hw: '2', VIN: null, more: 3 } });
    expect(await known()).toEqual({ hw: '2', more: '3' });
  });

  it('B2: replaces', async () => {
    await put({ data: { a: '1', b: '2' } });
    await put({ mode: 'replace', data: { b: '3', c: '4', d: null } });
    expect(await known()).toEqual({ b: '3', c: '4' });
  });

  it('B3: removes by name', async () => {
    await put({ data: { a: '1', b: '2' } });
    expect((await put({ mode: 'remove', data: { a: '', unknown: 'x' } })).status).toBe(200);
    expect(await known()).toEqual({ b: '2' });
  });

  it('B4: ignores what it does not know', async () => {
    const status = { result: { finished: 'success' }, execution: 'closed', details: [''] };
    const body = { id: '', time: '20261120T171009', status, data: { serial: '0001', board: 'lab' } };
    expect((await put(body)).status).toBe(200);
    expect(await known()).toEqual({ serial: '0001', board: 'lab' });
  });

  it.each([
    [{}],
    [{ data: {} }],
    [{ data: null }],
    [{ data: [] }],
    [{ data: 'x' }],
    [[]],
    ['null'],
    [{ data: { a: {} } }],
    [{ mode: 'add', data: { a: '1' } }],
  ])('B5: is 400 for %j', async (body) => {
    expect(await put(body)).toMatchObject({
      status: 400,
      body: { errorCode: 'hawkbit.server.error.rest.body.notReadable' },
    });
    expect(await known()).toEqual({});
  });

  it.each([
    ['x'.repeat(129), '1'],
    ['', '1'],
    ['a', 'x'.repeat(129)],
    ['ä', '1'],
    ['a', 'ß'],
    ['a', '~'],
    ['a`', '1'],
    ['a', '\u0000'],
  ])('B6: is 400 for %j: %j, and stores nothing', async (name, value) => {
    expect(await put({ data: { good: '1', [name]: value } })).toMatchObject({
      status: 400,
      body: { errorCode: 'hawkbit.server.error.repo.invalidTargetAttributes' },
    });
    expect(await known()).toEqual({});
  });

  it('B6: takes 128 characters, every one that is allowed, and empty values', async () => {
    const all = 'aZ09 \t\n_-!@#$%^&*()+=[]{}|;:\'",.<>/\\?';
    const data = { [all]: all, ['k'.repeat(128)]: 'v'.repeat(128), empty: '', __proto: 'x' };
    expect((await put({ data })).status).toBe(200);
    expect(await known()).toEqual(data);
  });

  it('B7: is 429 for the 101st', async () => {
    const hundred = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, 'v']));
    expect((await put({ data: hundred })).status).toBe(200);
    expect(await put({ data: { one: 'more' } })).toMatchObject({
      status: 429,
      body: { errorCode: 'hawkbit.server.error.quota.tooManyEntries' },
    });
    expect(await known()).toEqual(hundred);
    expect((await put({ data: { k0: null, one: 'more' } })).status).toBe(200);
  });

  it('B8: is an empty 200, and then it is not asked for again', async () => {
    expect(await device.links()).toHaveProperty('configData');
    const reply = await put({ data: { a: '1' } });
    expect(reply.status).toBe(200);
    expect(reply.headers['content-length']).toBe('0');
    expect(reply.body).toHaveLength(0);
    expect(await device.links()).not.toHaveProperty('configData');
  });

  it('B9: is taken unasked, and changes nothing when told again', async () => {
    await put({ data: { a: '1' } });
    const { revision } = (await fleet.api.call('GET', `/devices/${device.id}`)).body;
    expect((await put({ data: { a: '1' } })).status).toBe(200);
    expect((await fleet.api.call('GET', `/devices/${device.id}`)).body.revision).toBe(revision);
  });

  it('B9: is asked for again after a success', async () => {
    await put({ data: { a: '1' } });
    await fleet.campaign([device]);
    const action = /(\d+)\?/.exec((await device.links())['deploymentBase'] ?? '')?.[1] ?? '';
    await device.say('deploymentBase', action, 'closed', 'success');
    expect(await device.links()).toHaveProperty('configData');
  });

  it('B10: answers Expect: 100-continue', async () => {
    await fleet.api.http.listen({ port: 0, host: '127.0.0.1' });
    const address = fleet.api.http.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const body = JSON.stringify({ data: { a: '1' } });
    const { text } = await sendRaw(
      port,
      [
        `PUT /DEFAULT/controller/v1/${device.id}/configData HTTP/1.1`,
        'Host: localhost',
        `Authorization: TargetToken ${device.token}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        'Expect: 100-continue',
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/content-length: 0\r\n/i);
  });
});

describe('a body', () => {
  const raw = (body: string | Buffer, type = 'application/json') =>
    device.ask('PUT', '/configData', { body, headers: { 'content-type': type } });

  it.each([
    ['application/json'],
    ['application/json;charset=UTF-8'],
    ['application/json; charset=iso-8859-1'],
  ])('is taken as %s', async (type) => {
    expect((await raw('{"data":{"a":"1"}}', type)).status).toBe(200);
  });

  it.each([['text/plain'], ['application/xml'], ['multipart/form-data']])('is 415 as %s', async (type) => {
    expect((await raw('{"data":{"a":"1"}}', type)).status).toBe(415);
  });

  it.each([['{"data":{"a":"1"'], ['{'], [''], ['{"data":{a:1}}'], ['['.repeat(100_000)]])(
    'that is cut or no JSON is 400 (%#)',
    async (body) => {
      expect((await raw(body)).status).toBe(400);
    },
  );

  it('with bytes that are no UTF-8 is read all the same', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"id":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('","data":{"a":"1"}}'),
    ]);
    expect((await raw(bytes)).status).toBe(200);
  });

  it('beyond four mebibytes is 413', async () => {
    expect((await raw(`{"data":{"a":"1"},"pad":"${'x'.repeat(4 << 20)}"}`)).status).toBe(413);
  });

  it('of a stranger is not looked at', async () => {
    expect((await device.ask('PUT', '/configData', { body: '{', auth: null })).status).toBe(401);
  });
});

describe('installedBase', () => {
  it('tells which package the device has already: 201 the first time, then 200', async () => {
    const { body } = await fleet.api.call('GET', '/packages');
    expect(body.items).toEqual([]);
    await fleet.pack('bytes', { name: 'os', version: '7' });
    const claim = () => device.ask('PUT', '/installedBase', { body: { name: 'os', version: '7' } });
    expect((await claim()).status).toBe(201);
    expect((await claim()).status).toBe(200);
    const { versions } = (await fleet.api.call('GET', `/devices/${device.id}`)).body;
    expect(versions).toEqual({ firmware: '7' });
  });

  it.each([
    [{ name: 'os', version: '8' }, 404],
    [{ name: 'os' }, 400],
    [{ name: '', version: '7' }, 400],
    ['[]', 400],
  ])('refuses %j with %i', async (body, status) => {
    expect((await device.ask('PUT', '/installedBase', { body })).status).toBe(status);
  });
});

describe('a version that a device tells', () => {
  const settings = { 'ddi.version.fw': 'firmware' };
  const finish = async () => {
    const { id } = await fleet.pack('image', { version: '2.0' });
    const campaign = await fleet.campaign([device], { packages: [id] });
    const action = /(\d+)\?/.exec((await device.links())['deploymentBase'] ?? '')?.[1] ?? '';
    await device.say('deploymentBase', action, 'closed', 'success');
    return campaign.id;
  };
  const flags = async (campaign: string) => {
    const { body } = await fleet.api.call('GET', `/campaigns/${campaign}/devices/${device.id}/events`);
    return body.items.filter(({ type }: { type: string }) => type === 'device-contradicted');
  };
  beforeEach(async () => {
    await fleet.api.call('PATCH', '/accounts/DEFAULT', { body: { settings } });
  });

  it('is known by the component that the account names', async () => {
    await put({ data: { fw: '1.0', other: '7' } });
    const { versions } = (await fleet.api.call('GET', `/devices/${device.id}`)).body;
    expect(versions).toEqual({ firmware: '1.0' });
  });

  it('is flagged once when it is another than that of the update that succeeded', async () => {
    const campaign = await finish();
    await put({ data: { fw: '1.0' } });
    await put({ data: { fw: '1.0', more: 'x' } });
    expect(await flags(campaign)).toMatchObject([
      {
        data: { component: 'firmware', expected: '2.0', told: '1.0' },
        actor: { kind: 'device', id: device.id },
      },
    ]);
    expect((await fleet.api.call('GET', `/devices/${device.id}`)).body.versions).toEqual({ firmware: '1.0' });
  });

  it('is not flagged when it is the one', async () => {
    const campaign = await finish();
    await put({ data: { fw: '2.0' } });
    expect(await flags(campaign)).toEqual([]);
  });
});
