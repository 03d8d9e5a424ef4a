import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Reply, startApi } from '../../support/api.ts';
import { formOf } from '../../support/packages.ts';
import { done, prepareDevice } from './prepare.ts';

const LIMIT = 1_000_000;

describe('an uploaded file', () => {
  let api: Api;

  beforeAll(async () => {
    api = await startApi({}, { MUSTER_PACKAGE_LIMIT: `${LIMIT}` });
  });
  afterAll(() => api.close());

  const send = async (
    bytes: Uint8Array<ArrayBuffer>,
    fields: Readonly<Record<string, string>>,
  ): Promise<Reply> => {
    const form = await formOf([...Object.entries(fields), ['fileupload', bytes, 'net.conf', 'text/plain']]);
    const headers = { ...form.headers, 'vz-m2m-token': api.admin };
    return api.call('POST', '/api/fota/v2/files/DEFAULT', { body: form.body, headers });
  };
  const acme = { make: 'Acme', model: 'M1', fileVersion: '1', localTargetPath: '/etc/net.conf' };
  const packages = async () => (await api.call('GET', '/packages')).body.items;

  it('is a package with these bytes, for devices of its make and model', async () => {
    const bytes = new TextEncoder().encode('mtu=1280\n');
    done(await send(bytes, acme));
    const [pack] = await packages();
    expect(pack).toMatchObject({
      ...{ name: 'configfile-Acme_M1_net.conf', version: '1', kind: 'file', make: 'Acme', model: 'M1' },
      ...{ fileName: 'net.conf', contentType: 'text/plain' },
      labels: { 'thingspace.localTargetPath': '/etc/net.conf' },
    });
    const { body } = done(await api.call('GET', `/packages/${pack.id}/bytes`));
    expect(Buffer.from(body)).toEqual(Buffer.from(bytes));
  });

  it('is not kept when it is too large, or when the form lacks something', async () => {
    const before = await packages();
    const large = await send(new Uint8Array(LIMIT + 1), { ...acme, fileVersion: '2' });
    expect([large.status, large.body.errorCode]).toEqual([413, 'REQUEST_TOO_LARGE']);
    const { model: _, ...lacking } = acme;
    expect((await send(new Uint8Array(5), lacking)).status).toBe(400);
    expect((await send(new Uint8Array(5), { ...acme, make: 'A\nB' })).status).toBe(400);
    expect(await packages()).toEqual(before);
  });

  it('may have any name that a form can carry, of which the harmless end is kept', async () => {
    const form = await formOf([
      ...Object.entries({ make: 'Ä', model: '😀' }),
      ['fileupload', new Uint8Array(3), '..\\..\\naïve "file".txt'],
    ]);
    const headers = { ...form.headers, 'vz-m2m-token': api.admin };
    const { body } = done(await api.call('POST', '/api/fota/v2/files/DEFAULT', { body: form.body, headers }));
    expect(body.fileName).toMatch(/^configfile-Ä_😀_[^/\\]*file[^/\\]*\.txt$/);
  });
});

describe('lists of software and firmware', () => {
  it('have a package from the moment on that there is a device for it', async () => {
    const api = await startApi();
    const query = new URLSearchParams({
      name: 'FW',
      version: '2',
      fileName: 'fw.bin',
      make: 'Acme',
      model: 'M1',
    });
    const octets = { 'content-type': 'application/octet-stream' };
    done(await api.call('POST', `/packages?${query}`, { body: Buffer.from('fw'), headers: octets }));
    const names = async (path: string, member: string) => {
      const reply = await api.call('GET', `/api/fota/${path}`, { headers: { 'vz-m2m-token': api.admin } });
      return done(reply).body.map((item: Readonly<Record<string, string>>) => item[member]);
    };
    const all = async () => [
      await names('v1/firmware/DEFAULT', 'firmwareName'),
      await names('v2/software/DEFAULT', 'softwareName'),
      await names('v3/firmware/DEFAULT?protocol=all', 'protocol'),
    ];
    expect(await all()).toEqual([[], [], []]);
    await prepareDevice(api, '990013907835573', { protocol: 'ddi', model: 'M2' });
    expect(await all()).toEqual([[], [], []]);
    await prepareDevice(api, '990013907835574', { protocol: 'lwm2m' });
    expect(await all()).toEqual([['FW'], [], ['LWM2M']]);
    await prepareDevice(api, '990013907835575', { protocol: 'ddi' });
    await prepareDevice(api, '990013907835576', { protocol: 'oma-dm' });
    expect(await all()).toEqual([['FW'], ['FW'], ['LWM2M', 'OMD-DM']]);
    await api.close();
  });
});
