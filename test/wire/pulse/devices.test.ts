import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { done } from './prepare.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const post = (path: string, body: unknown) => api.call('POST', `/api/${path}`, { body });
const get = async (path: string) => (await api.call('GET', `/api/${path}`)).body;
const create = async (body: unknown): Promise<string> => done(await post('devices', body)).body.id;
const template = async (body: unknown): Promise<string> => done(await post('device-templates', body)).body.id;
const idsOf = async (query: string): Promise<readonly string[]> =>
  (await get(`devices?${query}`)).devices.map(({ id }: { readonly id: string }) => id);

/** It made contact just now. */
const see = async (id: string): Promise<void> => {
  const { store, clock } = api.context;
  const account = await store.accounts.find('DEFAULT');
  const device = account && (await store.devices.find(account.key, id));
  if (account === undefined || device === undefined) throw new Error(`no device ${id}`);
  await store.devices.touch(account.key, [{ device: device.key, at: clock() }]);
};

describe('a device that is registered', () => {
  it('is a gateway of Muster too, with what Pulse knows of it as attributes', async () => {
    const templateId = await template({
      name: 'Gateway',
      customProperties: [{ name: 'site', value: 'Lyon' }],
    });
    const id = await create({
      name: 'gw',
      template_name: 'gateway',
      custom_properties: [{ name: 'floor', value: 3 }],
    });
    expect((await api.call('GET', `/devices/${id}`)).body).toMatchObject({
      ...{ name: 'gw', protocol: 'gateway' },
      attributes: {
        ...{ site: 'Lyon', floor: '3' },
        ...{ 'pulse.template': templateId, 'pulse.type': 'GATEWAY', 'pulse.enrolment': 'REGISTERED' },
      },
    });
    const where = encodeURIComponent('attributes.pulse.enrolment = REGISTERED and number(floor) = 3');
    expect((await api.call('GET', `/devices?where=${where}`)).body.items).toHaveLength(1);
  });

  it('is a Thing where it is connected to something and no template says otherwise', async () => {
    const gateway = await create({ name: 'gw' });
    const thing = await create({ name: 'thing', parentId: `urn:uuid:${gateway}` });
    expect(await get(`devices/${thing}`)).toMatchObject({ deviceType: 'THING', parentGatewayId: gateway });
    const inner = await create({ name: 'inner', parentId: thing });
    expect(await get(`devices/${inner}`)).toMatchObject({ deviceType: 'THING', parentId: thing });
    expect((await api.call('GET', `/devices/${thing}`)).body.protocol).toBe('custom');
  });

  it.each([
    ['without a name', { name: ' ' }, 400, 'name'],
    ['with a template that is not there', { name: 'x', templateId: 'none' }, 404, 'none'],
    ['connected to nothing there is', { name: 'x', parentId: 'none' }, 404, 'none'],
    [
      'as a gateway that is connected',
      { name: 'x', templateName: 'Gateway', parentId: 'none' },
      400,
      'parentId',
    ],
    [
      'with a name that is not its own',
      { name: 'x', customProperties: [{ name: 'pulse.type' }] },
      400,
      'pulse.',
    ],
    ['with too much', { name: 'x'.repeat(300) }, 400, 'name'],
  ])('is refused %s', async (_, body, status, says) => {
    await template({ name: 'Gateway' });
    const reply = await post('devices', body);
    expect(reply).toMatchObject({ status, body: { message: expect.stringContaining(says) } });
    expect((await get('devices')).devices).toEqual([]);
  });

  it('is deleted only once no campaign is updating it', async () => {
    const id = await create({ name: 'gw' });
    const { body } = await post('campaigns', { name: 'c' });
    await post(`campaigns/${body.uuid}/devices`, { gatewayIds: [id] });
    expect(await api.call('DELETE', `/api/devices/${id}`)).toMatchObject({ status: 400, body: { code: 9 } });
    await api.call('DELETE', `/api/campaigns/${body.uuid}`);
    expect(await api.call('DELETE', `/api/devices/${id}`)).toMatchObject({ status: 200, body: {} });
  });
});

describe('a device that another API made', () => {
  beforeEach(async () => {
    const attributes = { floor: 3, indoor: true };
    await api.call('POST', '/devices', { body: { id: 'ddi-1', name: 'Pump', attributes } });
  });

  it('is a gateway whose properties are texts', async () => {
    expect(await get('devices/ddi-1')).toMatchObject({
      ...{ deviceType: 'GATEWAY', templateId: '', templateName: '', updateVersion: '1' },
      customProperties: [
        { name: 'floor', value: '3' },
        { name: 'indoor', value: 'true' },
      ],
    });
  });

  it('is registered, and enrolled once it was seen', async () => {
    expect(await get('devices/ddi-1')).toMatchObject({ enrollmentState: 'REGISTERED' });
    api.pass(60_000);
    await see('ddi-1');
    const seen = await get('devices/ddi-1');
    expect(seen).toMatchObject({ enrollmentState: 'ENROLLED' });
    expect(Number(seen.lastUpdatedTime) - Number(seen.createdTime)).toBe(60_000);
    expect(await idsOf('enrollmentState=ENROLLED')).toEqual(['ddi-1']);
    expect(await idsOf('enrollmentState=REGISTERED')).toEqual([]);
  });
});

describe('the list of devices', () => {
  it('holds those of which every parameter is true, by any of its values', async () => {
    const templateId = await template({ name: 'T' });
    const [a, b] = [await create({ name: 'a', templateId }), await create({ name: 'b' })];
    const thing = await create({ name: 'c', parentId: a });
    expect(await idsOf('')).toEqual([a, b, thing]);
    expect(await idsOf(`id=${a}&id=urn:uuid:${b}&id=none`)).toEqual([a, b]);
    expect(await idsOf('name=a&name=c')).toEqual([a, thing]);
    expect(await idsOf('name=a&deviceType=THING')).toEqual([]);
    expect(await idsOf('deviceType=GATEWAY&deviceType=THING')).toEqual([a, b, thing]);
    expect(await idsOf(`templateId=${templateId}`)).toEqual([a]);
    expect(await idsOf(`parentId=${a}`)).toEqual([thing]);
    expect(await idsOf('enrollmentState=REGISTERED')).toEqual([a, b, thing]);
    expect(await idsOf('enrollmentState=DELETED')).toEqual([]);
    expect(await idsOf('sort=name,desc&page.size=2')).toEqual([thing, b]);
    const { pageInfo } = await get('devices?pageInfo.page=1&pageInfo.pageSize=2');
    expect(pageInfo).toEqual({ totalPages: '2', totalElements: '3', page: 1, pageSize: 2 });
  });

  it.each(['deviceType=BRIDGE', 'enrollmentState=enrolled', 'page.number=-1', 'page.size=0', 'sort=colour'])(
    'refuses %s',
    async (query) => {
      const reply = await api.call('GET', `/api/devices?${query}`);
      expect(reply).toMatchObject({ status: 400, body: { code: 3 } });
    },
  );
});

describe('custom properties', () => {
  it('are set and taken away, and keep what else is known of the device', async () => {
    const id = await create({ name: 'gw' });
    const set = (body: unknown) => post(`devices/${id}/custom-properties`, body);
    await set({ upsert: [{ name: 'a', value: '1' }, { name: 'b' }] });
    expect(await set({ upsert: [{ name: 'a', value: '2' }], remove: ['a', 'c'] })).toMatchObject({
      ...{ status: 200, body: {} },
    });
    expect(await get(`devices/${id}`)).toMatchObject({
      customProperties: [
        { name: 'a', value: '2' },
        { name: 'b', value: '' },
      ],
      ...{ enrollmentState: 'REGISTERED', updateVersion: '3' },
    });
    expect(await set({})).toMatchObject({ status: 200 });
    expect((await get(`devices/${id}`)).updateVersion).toBe('3');
  });

  it.each([
    [{ upsert: [{ value: '1' }] }, 'name'],
    [{ upsert: [{ name: '', value: '1' }] }, 'name'],
    [{ remove: ['system.os'] }, 'system.'],
    [{ upsert: [{ name: 'a', value: 'x'.repeat(5_000) }] }, 'attributes'],
  ])('are refused as %j', async (body, says) => {
    const id = await create({ name: 'gw' });
    const reply = await post(`devices/${id}/custom-properties`, body);
    expect(reply).toMatchObject({ status: 400, body: { code: 3, message: expect.stringContaining(says) } });
  });
});

describe('a template', () => {
  it('keeps what it is told as it is told, and needs only a name', async () => {
    const allowedCommands = [{ name: 'reboot', deep: { asRoot: true, arguments: [1, null] } }];
    const id = await template({ name: 'T', allowedCommands });
    expect(await get(`device-templates/${id}`)).toEqual({
      ...{ id, name: 'T', deviceType: 'GATEWAY', systemProperties: [], customProperties: [] },
      enrollmentProvider: { type: 'JWT_NATIVE', providerConfig: '{}' },
      ...{ allowedMetrics: [], allowedCommands, imageDetails: [], settings: [], childTemplates: [] },
      updateVersion: 1,
    });
  });

  it('leaves devices that were made from it as they are, but for its name', async () => {
    const templateId = await template({ name: 'T', customProperties: [{ name: 'site', value: 'Lyon' }] });
    const id = await create({ name: 'gw', templateId });
    const change = { name: 'U', customProperties: [], deviceType: 'THING' };
    await api.call('PUT', `/api/device-templates/${templateId}`, { body: change });
    expect(await get(`devices/${id}`)).toMatchObject({
      ...{ templateName: 'U', deviceType: 'GATEWAY', customProperties: [{ name: 'site', value: 'Lyon' }] },
    });
  });

  it('is found by its name, and by no other', async () => {
    await template({ name: 'T' });
    expect((await get('device-templates?name=t')).templates).toHaveLength(1);
    expect((await get('device-templates?name=t&page.number=1')).templates).toEqual([]);
    expect((await get('device-templates?name=x')).templates).toEqual([]);
    expect((await get('device-templates')).pageInfo.totalElements).toBe('1');
  });

  it.each([
    [{ name: 'T', customProperties: [{ name: 'pulse.type', value: 'THING' }] }, 'pulse.'],
    [{ name: 'T', enrollmentProvider: { type: 'PASSWORD' } }, 'enrollmentProvider.type'],
    [{ name: ' ' }, 'name'],
  ])('is refused as %j', async (body, says) => {
    const reply = await post('device-templates', body);
    expect(reply).toMatchObject({ status: 400, body: { code: 3, message: expect.stringContaining(says) } });
  });

  it('cannot take the name of another one, but may keep its own', async () => {
    const [id] = [await template({ name: 'T' }), await template({ name: 'U' })];
    const rename = (name: string) => api.call('PUT', `/api/device-templates/${id}`, { body: { name } });
    expect(await rename('u')).toMatchObject({ status: 409, body: { code: 6 } });
    expect(await rename('t')).toMatchObject({ status: 200, body: { id } });
  });
});
