import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withdrawExcessLicences } from '../../../src/app/licence-candidates.ts';
import { assignLicences, countLicences, LICENSED_AT } from '../../../src/app/licences.ts';
import { must } from '../../contract/store/world.ts';
import { type Api, type Reply, startApi } from '../../support/api.ts';
import { upload } from '../../support/packages.ts';
import { done, prepareDevice } from './prepare.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const [a, b, c] = ['990000000000001', '990000000000002', '990000000000003'] as const;

const home = async () => must(await api.context.store.accounts.find('DEFAULT'));
const setQuota = async (count: number): Promise<void> => {
  const settings = { 'thingspace.licenses': `${count}` };
  done(await api.call('PATCH', '/accounts/DEFAULT', { body: { settings } }));
};
const call = (method: 'GET' | 'POST', path: string, body?: object): Promise<Reply> =>
  api.call(method, `/api/fota/v3/${path}`, {
    headers: { 'vz-m2m-token': api.admin },
    ...(body && { body }),
  });
const change = async (verb: 'assign' | 'remove', ...deviceList: readonly string[]) => {
  const { body } = done(await call('POST', `licenses/DEFAULT/${verb}`, { deviceList }));
  return body.deviceList.map(({ resultReason }: { readonly resultReason: string }) => resultReason);
};
const licensed = async (): Promise<readonly string[]> =>
  done(await call('GET', 'licenses/DEFAULT')).body.deviceList.map(
    ({ deviceId }: { readonly deviceId: string }) => deviceId,
  );

/** A running campaign with these devices, as one that came by this API. */
const runCampaign = async (...devices: readonly string[]): Promise<string> => {
  const { store } = api.context;
  const said = { name: 'FW', version: '2.0', kind: 'firmware' };
  const packages = [done(await upload(api, 'bytes', said)).body.id];
  const { id } = done(await api.call('POST', '/campaigns', { body: { name: 'Q1', packages } })).body;
  const account = (await home()).key;
  const was = must(await store.campaigns.find(account, id));
  const value = { ...was, plan: { ...was.plan, settings: { 'thingspace.version': 'v3' } } };
  await store.commit({ account, writes: [{ save: 'campaign', was, value }], events: [] });
  done(await api.call('POST', `/campaigns/${id}/start`, { body: {} }));
  done(await api.call('POST', `/campaigns/${id}/devices`, { body: { devices } }));
  return id;
};
const report = async (id: string, device: string, phase: string, step: string) => {
  done(await api.call('POST', `/devices/${device}/check-in`, { body: {} }));
  done(await api.call('POST', `/campaigns/${id}/devices/${device}/reports`, { body: { phase, step } }));
};
const updateOf = async (id: string, device: string) =>
  done(await api.call('GET', `/campaigns/${id}/devices/${device}`)).body;

const addDevices = async () => {
  for (const id of [a, b, c]) await prepareDevice(api, id, { protocol: 'custom' });
};

describe('licences that are counted', () => {
  it('are given in the order of the list until there are none left', async () => {
    await addDevices();
    await setQuota(2);
    expect(await change('assign', c, a, b)).toEqual(['Success', 'Success', 'Insufficient licenses']);
    expect(await licensed()).toEqual([a, c]);
    const { body } = await call('GET', 'subscriptions/DEFAULT');
    expect(body).toMatchObject({ licenseCount: 2, licenseUsedCount: 2 });
  });

  it('are never more than there are, however many give them at once', async () => {
    await addDevices();
    await setQuota(1);
    const caller = { account: await home(), actor: { kind: 'server' } } as const;
    await Promise.all([a, b, c].map((id) => assignLicences(api.context, caller, [id])));
    expect(await countLicences(api.context, caller)).toBe(1);
  });

  it('come back when they are removed', async () => {
    await addDevices();
    await setQuota(1);
    await change('assign', a);
    expect(await change('remove', a)).toEqual(['Success']);
    expect(await change('assign', b)).toEqual(['Success']);
    const was = must(await api.context.store.devices.find((await home()).key, a));
    expect(was.attributes).not.toHaveProperty(LICENSED_AT);
  });
});

describe('a licence', () => {
  it('stays with a device whose update has begun, and with one that used it', async () => {
    await addDevices();
    await change('assign', a, b);
    const id = await runCampaign(a, b);
    await report(id, a, 'download', 'running');
    await report(id, b, 'activation', 'complete');
    expect(await change('remove', a, b)).toEqual([
      'An upgrade of the device is in progress',
      'The device was upgraded with this license',
    ]);
    expect(await licensed()).toEqual([a, b]);
  });

  it('that was not used since it was assigned can be removed', async () => {
    await addDevices();
    const id = await runCampaign(a);
    await report(id, a, 'activation', 'complete');
    api.pass(1_000);
    await change('assign', a);
    expect(await change('remove', a)).toEqual(['Success']);
  });

  it('takes with it what the device waits for, where licences are counted', async () => {
    await addDevices();
    await setQuota(5);
    await change('assign', a);
    const id = await runCampaign(a);
    await change('remove', a);
    expect(await updateOf(id, a)).toMatchObject({
      outcome: 'cancelled',
      message: 'The license of the device was removed',
    });
  });

  it('takes nothing with it where they are not', async () => {
    await addDevices();
    await change('assign', a);
    const id = await runCampaign(a);
    await change('remove', a);
    expect(await updateOf(id, a)).toMatchObject({ outcome: null });
  });
});

describe('fewer licences than are assigned', () => {
  it('are taken from the listed devices in their order, and then from those that had theirs the longest', async () => {
    await addDevices();
    for (const id of [b, a, c]) {
      await change('assign', id);
      api.pass(1_000);
    }
    done(
      await api.call('POST', '/api/fota/v2/licenses/DEFAULT/cancel', {
        headers: { 'vz-m2m-token': api.admin },
        body: { deviceList: ['990000000000009', c] },
      }),
    );
    await setQuota(2);
    expect(await withdrawExcessLicences(api.context)).toBe(1);
    expect(await licensed()).toEqual([a, b]);
    await setQuota(1);
    expect(await withdrawExcessLicences(api.context)).toBe(1);
    expect(await licensed()).toEqual([a]);
    expect(await withdrawExcessLicences(api.context)).toBe(0);
  });

  it('cancel what has not begun, and leave what has', async () => {
    await addDevices();
    await change('assign', a, b);
    const id = await runCampaign(a, b);
    await report(id, a, 'download', 'running');
    await setQuota(0);
    expect(await withdrawExcessLicences(api.context)).toBe(2);
    expect(await updateOf(id, a)).toMatchObject({ outcome: null });
    expect(await updateOf(id, b)).toMatchObject({ outcome: 'cancelled' });
  });

  it('are nothing where nobody counts them', async () => {
    await addDevices();
    await change('assign', a, b);
    expect(await withdrawExcessLicences(api.context)).toBe(0);
    expect(await licensed()).toEqual([a, b]);
  });
});

describe('the list of licensed devices', () => {
  it('goes on after a page of a thousand', async () => {
    const ids = Array.from({ length: 1_001 }, (_, index) => `${990_000_000_001_000 + index}`);
    const { store, clock } = api.context;
    const account = await home();
    const template = await (async () => {
      await prepareDevice(api, a);
      const { key: _, version: __, ...device } = must(await store.devices.find(account.key, a));
      return device;
    })();
    const rows = ids.map((id) => ({ value: { ...template, id } }));
    await store.devices.saveMany(account.key, rows, { actor: { kind: 'server' }, now: clock() });
    expect((await change('assign', ...ids)).length).toBe(1_001);
    const { body: first } = await call('GET', 'licenses/DEFAULT?lastSeenDeviceId=0');
    expect(first).toMatchObject({ assignedLicenses: 1_001, hasMoreData: true, lastSeenDeviceId: ids[999] });
    expect(first.deviceList).toHaveLength(1_000);
    const { body: second } = await call('GET', `licenses/DEFAULT?lastSeenDeviceId=${ids[999]}`);
    expect(second).toMatchObject({ hasMoreData: false, deviceList: [{ deviceId: ids[1_000] }] });
  });
});
