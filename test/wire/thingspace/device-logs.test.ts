import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogEntry, StoredDevice } from '../../../src/app/records.ts';
import { newProgress } from '../../../src/domain/rollout.ts';
import { DAY, HOUR } from '../../../src/domain/time.ts';
import { accepted, must, newWorld, type World } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';
import { sampleCampaign, sampleEvent } from '../../support/samples.ts';
import { tokenFor } from '../../support/tenant.ts';
import { holdsModel } from './models.ts';
import { done } from './prepare.ts';

const entry = (at: number, word: string, given: Partial<LogEntry> = {}): LogEntry => ({
  ...{ at, word, result: 'none', code: null, progress: null, lines: [] },
  ...given,
});

describe('what devices say', () => {
  let api: Api;
  let world: World;
  let logging = '';
  let secret = '';
  let device: StoredDevice;

  const call = async (method: 'GET' | 'PUT' | 'DELETE', path: string) => {
    const headers = { 'vz-m2m-token': secret };
    const reply = await api.call(method, `${logging}${path}`, { as: secret, headers });
    return done(reply).body;
  };
  const now = () => api.context.clock();

  beforeAll(async () => {
    api = await startApi();
    world = await newWorld(api.context.store);
    const account = must(await api.context.store.accounts.get(world.account));
    // A session that is not over before logging is.
    const administrator = must(await api.context.store.users.findByEmail('admin@localhost'));
    secret = await tokenFor(api.context, administrator.id);
    logging = `/api/fota/v2/logging/${account.id}/devices`;
  });
  afterAll(() => api.close());

  const joined = async (given: readonly LogEntry[], to = device) => {
    const started = { status: 'running', startedAt: now(), progress: newProgress(now()) } as const;
    const campaign = await world.addCampaign({ ...sampleCampaign(), ...started });
    await world.join(campaign, [to]);
    const about = { append: 'log', campaign: campaign.key, device: to.key } as const;
    for (const one of given) await world.write({ ...about, entry: one });
    return campaign;
  };
  const textsOf = async (): Promise<readonly string[]> => {
    const logs = await call('GET', `/${device.id}/logs`);
    holdsModel('DeviceLog[]', logs);
    return logs.map(({ eventLog }: { readonly eventLog: string }) => eventLog);
  };

  it('is listed with its time while logs of the device are collected, of all its updates, the newest first', async () => {
    device = await world.addDevice({ id: '990013907835573', protocol: 'ddi' });
    await joined([entry(now() - HOUR, 'before')]);
    await call('PUT', `/${device.id}`);
    await joined([
      entry(now(), 'proceeding', { progress: { done: 1, of: 4 }, lines: ['Downloading', 'fast'] }),
    ]);
    api.pass(HOUR);
    await joined([entry(now(), 'closed', { result: 'failure', code: 17 })]);
    expect(await call('GET', `/${device.id}/logs`)).toEqual([
      {
        deviceId: device.id,
        logTime: '2026-11-21T09:00:00.000Z',
        logType: 'SoftwareUpdate',
        eventLog: 'closed (failure) 17',
        binaryLogFileBase64: '',
        binaryLogFilename: '',
      },
      {
        deviceId: device.id,
        logTime: '2026-11-21T08:00:00.000Z',
        logType: 'SoftwareUpdate',
        eventLog: 'proceeding 1/4\nDownloading\nfast',
        binaryLogFileBase64: '',
        binaryLogFilename: '',
      },
    ]);
  });

  it('is listed on after collecting has ended, and forgotten thirty days later', async () => {
    device = await world.addDevice({ id: '990013907835574', protocol: 'gateway' });
    await call('PUT', `/${device.id}`);
    api.pass(HOUR);
    await joined([entry(now(), 'early')]);
    api.pass(HOUR);
    await call('DELETE', `/${device.id}`);
    api.pass(HOUR);
    await joined([entry(now(), 'between')]);
    await call('PUT', `/${device.id}`);
    api.pass(7 * DAY);
    await joined([entry(now(), 'on the last day'), entry(now() + 1, 'too late')]);
    expect(await textsOf()).toEqual(['on the last day', 'between', 'early']);
    api.pass(22 * DAY + 22 * HOUR);
    expect(await textsOf()).toEqual(['on the last day', 'between', 'early']);
    api.pass(1 * HOUR);
    expect(await textsOf()).toEqual(['on the last day', 'between']);
    api.pass(8 * DAY);
    expect(await textsOf()).toEqual([]);
  });

  it('is never listed for a device whose logs nobody wanted', async () => {
    device = await world.addDevice({ id: '990013907835575' });
    await joined([entry(now(), 'proceeding')]);
    expect(await textsOf()).toEqual([]);
  });

  it('is forgotten with the device, which makes room for another', async () => {
    const devices = await world.addDevices(21, { protocol: 'ddi' });
    const [gone, next] = [must(devices[0]), must(devices[20])];
    for (const { id } of devices.slice(0, 20)) await call('PUT', `/${id}`);
    await world.write({ drop: 'device', was: gone });
    await call('PUT', `/${next.id}`);
    const on = (await call('GET', '')).map(({ deviceId }: { readonly deviceId: string }) => deviceId);
    expect(on.toSorted()).toEqual(
      devices
        .slice(1)
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  it('is collected for whoever asks first, and for whoever asks at the same time', async () => {
    const other = await newWorld(api.context.store);
    const { id } = must(await api.context.store.accounts.get(other.account));
    const devices = await other.addDevices(2, { protocol: 'ddi' });
    const headers = { 'vz-m2m-token': secret };
    const path = `/api/fota/v2/logging/${id}/devices`;
    const asked = devices.map((one) => api.call('PUT', `${path}/${one.id}`, { as: secret, headers }));
    for (const reply of await Promise.all(asked)) done(reply);
    expect(done(await api.call('GET', path, { as: secret, headers })).body).toHaveLength(2);
  });

  it('tells when it made contact, each time once, and that an update failed with it', async () => {
    device = await world.addDevice({ id: '990013907835576', protocol: 'gateway' });
    const campaign = await joined([]);
    const about = { campaign: campaign.key, device: device.key };
    const by = { kind: 'device', id: device.id } as const;
    const began = now();
    const happened = (at: number, body: Parameters<typeof sampleEvent>[0], actor: object = by) => ({
      ...sampleEvent(body),
      ...about,
      at,
      actor: actor as typeof by,
    });
    const closed = (outcome: 'succeeded' | 'failed', reason: 'none' | 'install-failed') =>
      ({ type: 'update-closed', outcome, reason, message: '' }) as const;
    accepted(
      await world.attempt(
        [],
        [
          happened(began, { type: 'update-moved', to: 'inventoried' }),
          happened(began, { type: 'update-moved', to: 'download-ready' }),
          happened(began + 1_000, { type: 'update-moved', to: 'download-running' }, { kind: 'server' }),
          happened(began + 2_000, { type: 'update-moved', to: 'execution-failed' }),
          happened(began + 2_000, closed('failed', 'install-failed')),
          happened(began + 3_000, closed('succeeded', 'none')),
        ],
      ),
    );
    await api.context.store.devices.touch(world.account, [{ device: device.key, at: began + HOUR }]);
    const contact = (at: number, failureType = '') => ({
      ...{ deviceId: device.id, clientType: 'HTTP', failureType },
      ...{ result: failureType === '' ? 'Success' : 'Failure', timeCompleted: new Date(at).toISOString() },
    });
    const history = await call('GET', `/${device.id}/checkInHistory`);
    holdsModel('CheckInHistoryItem[]', history);
    expect(history).toEqual([
      contact(began + HOUR),
      contact(began + 3_000),
      contact(began + 2_000, 'install-failed'),
      contact(began),
    ]);
  });
});
