import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredDevice } from '../../../src/app/records.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, type Reply, startApi } from '../../support/api.ts';
import { newTenant, type Tenant, tokenFor } from '../../support/tenant.ts';
import { holdsModel } from './models.ts';
import { done } from './prepare.ts';

const IMEIS = 1_150;
const imei = (n: number): string => `${n}`.padStart(15, '0');

describe('the devices of a large account', () => {
  let api: Api;
  let tenant: Tenant;
  let account = '';
  let devices: readonly StoredDevice[] = [];
  let ids: readonly string[] = [];
  let session = '';

  const call = (method: 'GET' | 'PUT' | 'POST', path: string, body?: unknown): Promise<Reply> =>
    api.call(method, `/api/fota/${path}`, { body, headers: { 'vz-m2m-token': session } });
  const get = async (path: string) => done(await call('GET', path)).body;

  beforeAll(async () => {
    api = await startApi();
    tenant = await newTenant(api.context);
    account = tenant.ids.account;
    session = await tokenFor(api.context, await tenant.person('Administrator'));
    // Ids of other forms sort behind those of digits; the tenant has one of them already.
    for (let n = 0; n < IMEIS; n += 1) {
      await tenant.world.addDevice({ id: imei(n * 7 + 1), protocol: n % 2 === 0 ? 'lwm2m' : 'ddi' });
    }
    for (let n = 0; n < 1_050; n += 1)
      await tenant.world.addDevice({ id: `truck-${n}`, protocol: 'gateway' });
    const page = { after: '', limit: 9_999 };
    devices = (await api.context.store.devices.byId(tenant.world.account, { type: 'all' }, page)).items;
    ids = devices.map(({ id }) => id);
  });
  afterAll(() => api.close());

  type Listed = {
    readonly deviceList: readonly { readonly deviceId: string }[];
    readonly hasMoreData: boolean;
    readonly lastSeenDeviceId: string | number;
  };
  const walk = async (
    pathAfter: (cursor: string | number) => string,
    model: Parameters<typeof holdsModel>[0],
  ) => {
    const pages: string[][] = [];
    for (let [cursor, more]: [string | number, boolean] = ['0', true]; more; ) {
      const body: Listed = await get(pathAfter(cursor));
      holdsModel(model, body);
      pages.push(body.deviceList.map(({ deviceId }) => deviceId));
      [cursor, more] = [body.lastSeenDeviceId, body.hasMoreData];
    }
    return pages;
  };

  it('are listed in pages of a thousand by every version, each once', async () => {
    const listed = [
      await walk((cursor) => `v1/devices/${account}/index/${cursor}`, 'DeviceListQueryResult'),
      await walk((cursor) => `v2/devices/${account}?lastSeenDeviceId=${cursor}`, 'V2AccountDeviceList'),
      await walk((cursor) => `v3/devices/${account}?lastSeenDeviceId=${cursor}`, 'V3AccountDeviceList'),
    ];
    for (const pages of listed) {
      expect(pages.flat()).toEqual(ids);
      expect(pages.map(({ length }) => length)).toEqual([1_000, 1_000, ids.length - 2_000]);
    }
  });

  it('are listed by protocol, where pages are as full', async () => {
    const pages = await walk(
      (cursor) => `v1/devices/${account}/index/${cursor}?clientType=HTTP`,
      'DeviceListQueryResult',
    );
    const expected = devices.filter(({ protocol }) => protocol === 'ddi' || protocol === 'gateway');
    expect(pages.flat()).toEqual(expected.map(({ id }) => id));
    expect(pages[0]).toHaveLength(1_000);
  });

  it('are asked to tell what they are when their firmware is synchronised or reported', async () => {
    const settled = async (id: string) => {
      const was = must(await api.context.store.devices.find(tenant.world.account, id));
      await tenant.world.write({ save: 'device', was, value: { ...was, attributesDue: false } });
    };
    const isDue = async (id: string) =>
      must(await api.context.store.devices.find(tenant.world.account, id)).attributesDue;
    const [one, two, three] = [imei(1), imei(8), imei(15)];
    for (const id of [one, two, three]) await settled(id);
    done(await call('PUT', `v3/firmware/${account}/devices`, { deviceList: [one] }));
    done(await call('PUT', `v3/firmware/${account}/async/${two}`));
    expect(await Promise.all([one, two, three].map(isDue))).toEqual([true, true, false]);
  });

  it('are woken where they wait for news', async () => {
    const { waker } = api.context;
    const device = must(await api.context.store.devices.find(tenant.world.account, imei(1)));
    const waiting = waker.wait(tenant.world.account, device.key, 60_000);
    done(await call('PUT', `v3/firmware/${account}/async/${device.id}`));
    await waiting;
  });

  it('have a licence once somebody counts licences only where they were given one', async () => {
    const was = must(await api.context.store.accounts.get(tenant.world.account));
    const value = { ...was, settings: { ...was.settings, 'thingspace.licenses': '10' } };
    await tenant.world.write({ save: 'account', was, value });
    const [one, two] = [imei(1), imei(8)];
    done(await call('POST', `v3/licenses/${account}/assign`, { deviceList: [one] }));
    const { deviceList } = done(await call('POST', `v3/devices/${account}`, { deviceList: [one, two] })).body;
    expect(
      deviceList.map(({ licenseAssigned }: { readonly licenseAssigned: boolean }) => licenseAssigned),
    ).toEqual([true, false]);
  });
});
