import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderThingSpace } from '../../../src/api/thingspace/callbacks.ts';
import { createDeliverer } from '../../../src/app/deliver.ts';
import { handOnNext } from '../../../src/app/fan-out.ts';
import type { Pushed } from '../../../src/app/push-ports.ts';
import type { ThingSpaceCampaign } from '../../../src/app/thingspace-campaign.ts';
import type { ApiVersion } from '../../../src/wire/thingspace/common.ts';
import { accepted, must } from '../../contract/store/world.ts';
import { type Api, startApi } from '../../support/api.ts';
import { answered, type FakePush, fakePush, accepted as taken } from '../../support/fake-push.ts';
import { upload } from '../../support/packages.ts';
import { done, prepareDevice } from './prepare.ts';

let api: Api;
let push: FakePush;
let answer: Pushed;
beforeEach(async () => {
  answer = taken;
  push = fakePush(() => answer);
  api = await startApi({ push });
});
afterEach(() => api.close());

const url = 'https://hooks.example.com/fota';
const device = '990013907835573';

const register = async (version: ApiVersion, more: object = {}) =>
  done(
    await api.call('POST', `/api/fota/${version}/callbacks/DEFAULT`, {
      headers: { 'vz-m2m-token': api.admin },
      body: { name: 'Fota', url: `${url}/${version}`, ...more },
    }),
  );
const packages = async () => done(await api.call('GET', '/packages')).body.items;
const home = async () => must(await api.context.store.accounts.find('DEFAULT')).key;

const addPackage = async (kind = 'firmware'): Promise<string> => {
  const number = `${push.sent.length}.${(await packages()).length}`;
  const said = { name: `FW_${number}`, version: '2.0', kind, make: 'Acme', model: 'M1', fromVersion: '1.0' };
  return done(await upload(api, `bytes of ${kind} ${number}`, said)).body.id;
};

/** A campaign as one that came by a version of this API. */
const addCampaign = async (version: ApiVersion): Promise<string> => {
  const { store } = api.context;
  const packages = [await addPackage()];
  const { id } = done(await api.call('POST', '/campaigns', { body: { name: 'Q1', packages } })).body;
  const account = await home();
  const was = must(await store.campaigns.find(account, id));
  const plan = { ...was.plan, settings: { 'thingspace.version': version } };
  const body: Partial<ThingSpaceCampaign> = { api: version, name: 'FW_1to2', startDate: '2026-12-01' };
  const document = {
    ...{ kind: 'thingspace/campaign', id, name: '', body },
    ...{ createdBy: 'ada', createdAt: 1 },
  };
  const writes = [
    { save: 'campaign', was, value: { ...was, plan } },
    { save: 'document', value: document },
  ] as const;
  accepted(await store.commit({ account, writes, events: [] }));
  return id;
};
const command = async (id: string, verb: string, body: object = {}) =>
  done(await api.call('POST', `/campaigns/${id}/${verb}`, { body }));

/** Hands on what happened and sends what is due; answers all that was sent so far. */
const deliver = async () => {
  const { store, clock, hashing } = api.context;
  while (await handOnNext(api.context, { thingspace: renderThingSpace }));
  const deliverer = createDeliverer({
    ...{ store, clock, hashing, push, wake: () => undefined, pause: async () => undefined },
    report: (error) => expect.unreachable(String(error)),
  });
  // Each lane gives one message at a time.
  for (let before = -1; before < push.sent.length; ) {
    before = push.sent.length;
    while (await deliverer.next());
    await deliverer.idle();
  }
  return push.sent.map(({ body, ...request }) => ({ ...request, text: body, body: JSON.parse(body) }));
};
const told = async () =>
  (await deliver()).map(({ body }) => [
    body.type,
    body.upgradeProgress.campaignStatus ??
      body.upgradeScheduled.campaignStatus ??
      body.upgradeProgress.deviceList?.[0].status,
  ]);

const begin = async (id: string) => {
  await prepareDevice(api, device, { protocol: 'custom', versions: { firmware: '1.0' } });
  await command(id, 'start');
  done(await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: [device] } }));
};
const report = async (id: string, body: object) =>
  done(await api.call('POST', `/campaigns/${id}/devices/${device}/reports`, { body }));
const checkIn = async () => done(await api.call('POST', `/devices/${device}/check-in`, { body: {} }));
const finish = (id: string) => report(id, { phase: 'activation', step: 'complete' });

describe('a callback', () => {
  it('tells of a campaign and its devices in the form of its version', async () => {
    await register('v3');
    const id = await addCampaign('v3');
    await begin(id);
    await deliver();
    await checkIn();
    await report(id, { phase: 'download', step: 'running' });
    await deliver();
    await finish(id);
    const last = (await deliver()).at(-1);
    expect(await told()).toEqual([
      ['newFirmware', undefined],
      ['upgradeProgress', 'CampaignRequestPending'],
      ['upgradeProgress', 'CampaignScheduled'],
      ['upgradeProgress', 'UpgradeScheduled'],
      ['upgradeProgress', 'UpgradeSuccess'],
    ]);
    expect(last?.body).toEqual({
      ...{ accountName: 'DEFAULT', participantName: 'DEFAULT', type: 'upgradeProgress' },
      ...{ username: '', password: '', firmwareList: [], upgradeScheduled: {} },
      upgradeProgress: {
        ...{ upgradeId: id, campaignId: id, campaignName: 'Q1' },
        deviceList: [
          {
            deviceId: device,
            status: 'UpgradeSuccess',
            resultReason: 'Upgrade completed successfully',
          },
        ],
      },
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      eventTime: '2026-11-21T08:00:00.000Z',
      version: 'v3',
    });
  });

  it('tells of all the devices at once that are not eligible', async () => {
    await register('v2');
    const id = await addCampaign('v2');
    await begin(id);
    await prepareDevice(api, '990013907884259', { protocol: 'custom' });
    const { store, clock } = api.context;
    const account = await home();
    const { key } = must(await store.campaigns.find(account, id));
    done(await api.call('POST', `/campaigns/${id}/devices`, { body: { devices: ['990013907884259'] } }));
    await store.updates.close({
      ...{ account, campaign: key, actor: { kind: 'server' }, now: clock() },
      ...{ recall: [], outcome: 'rejected', reason: 'unsupported', message: 'wrong model' },
      ...{ by: 'ids', deviceIds: [device, '990013907884259'] },
    });
    const last = (await deliver()).at(-1);
    expect(last?.body.upgradeProgress.deviceList).toEqual([
      { deviceId: device, status: 'DeviceRejected', resultReason: 'Wrong model' },
      { deviceId: '990013907884259', status: 'DeviceRejected', resultReason: 'Wrong model' },
    ]);
  });

  it('tells what is scheduled for which day', async () => {
    await register('v2');
    const id = await addCampaign('v2');
    await deliver();
    await command(id, 'schedule', { startAt: '2026-12-01T00:00:00.000Z' });
    const last = (await deliver()).at(-1);
    expect(last?.body).toMatchObject({
      type: 'upgradeScheduled',
      upgradeProgress: {},
      upgradeScheduled: {
        ...{ upgradeId: id, campaignId: id, firmwareName: 'FW_1to2' },
        ...{ startDate: '2026-12-01', campaignStatus: 'CampaignRequestQueued' },
      },
    });
  });

  it('tells of new firmware, of software in v2 alone, and of files nobody', async () => {
    for (const version of ['v1', 'v2', 'v3'] as const) await register(version);
    for (const kind of ['firmware', 'software', 'file']) await addPackage(kind);
    const sent = await deliver();
    expect(sent.map(({ body }) => [body.version, body.type]).sort()).toEqual([
      ['v1', 'newFirmware'],
      ['v2', 'newFirmware'],
      ['v2', 'newFirmware'],
      ['v3', 'newFirmware'],
    ]);
    expect(sent[0]?.body.firmwareList).toEqual([
      {
        ...{ firmwareName: 'FW_0.0', participantName: 'DEFAULT', launchDate: '2026-11-21T08:00:00.000Z' },
        ...{ releaseNote: '', make: 'Acme', model: 'M1', fromVersion: '1.0', toVersion: '2.0' },
      },
    ]);
  });

  it('of v1 repeats the name and the password that it was registered with', async () => {
    await register('v1', { username: 'listener', password: 'let me in' });
    const id = await addCampaign('v1');
    await begin(id);
    const last = (await deliver()).at(-1);
    expect(last?.authentication).toEqual({ kind: 'basic', username: 'listener', password: 'let me in' });
    expect(last?.body).toMatchObject({
      ...{ username: 'listener', password: 'let me in', version: 'v1' },
      upgradeProgress: { upgradeId: id, campaignStatus: 'InProgress' },
    });
  });

  it('tells nothing of campaigns that came by another version or another API', async () => {
    await register('v2');
    const foreign = done(await api.call('POST', '/campaigns', { body: { name: 'Own' } })).body.id;
    await command(await addCampaign('v3'), 'start');
    await command(foreign, 'cancel');
    expect(await told()).toEqual([['newFirmware', undefined]]);
  });

  it('tells a cancelled campaign from one that was aborted', async () => {
    await register('v2');
    const [cancelled, aborted] = [await addCampaign('v2'), await addCampaign('v2')];
    await command(cancelled, 'cancel');
    expect((await told()).at(-1)).toEqual(['upgradeProgress', 'CampaignCancelled']);
    await command(aborted, 'start');
    await command(aborted, 'end');
    expect((await told()).at(-1)).toEqual(['upgradeProgress', 'CampaignAborted']);
  });
});

describe('what is called back', () => {
  it('is signed, and tried again until it arrives', async () => {
    await register('v3');
    await addPackage();
    answer = answered(503);
    expect(await deliver()).toHaveLength(1);
    answer = taken;
    api.pass(10_000);
    const [first, second] = await deliver();
    expect(second?.text).toBe(first?.text);
    expect(second?.url).toBe(`${url}/v3`);
    const [destination] = (await api.context.store.destinations.list(await home(), { after: 0, limit: 1 }))
      .items;
    const key = Buffer.from(destination?.secrets[0]?.replace('whsec_', '') ?? '', 'base64');
    const { headers = {}, text = '' } = second ?? {};
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
    const signature = createHmac('sha256', key).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
    expect(destination).toMatchObject({ name: 'thingspace v3', order: 'strict' });
  });

  it('comes to an end with the registration, and its destination too unless others are told there', async () => {
    const { store } = api.context;
    const account = await home();
    await register('v3');
    await register('v2');
    const [v3] = (await store.destinations.list(account, { after: 0, limit: 10 })).items;
    const shared = { destination: v3?.id };
    done(await api.call('POST', '/subscriptions', { body: shared }));
    for (const version of ['v2', 'v3']) {
      done(
        await api.call('DELETE', `/api/fota/${version}/callbacks/DEFAULT`, {
          headers: { 'vz-m2m-token': api.admin },
        }),
      );
    }
    await addPackage();
    expect(await deliver()).toEqual([]);
    const left = (await store.destinations.list(account, { after: 0, limit: 10 })).items;
    expect(left.map(({ name }) => name)).toEqual(['thingspace v3']);
    await register('v3');
    expect((await store.destinations.list(account, { after: 0, limit: 10 })).items).toHaveLength(1);
  });

  it('goes to a URL without TLS only where the server allows that', async () => {
    await api.close();
    api = await startApi({ push }, { MUSTER_THINGSPACE_HTTP_CALLBACKS: 'yes' });
    const reply = await register('v3', { url: 'http://hooks.example.com/fota' });
    expect(reply.body).toEqual({ url: 'http://hooks.example.com/fota' });
  });

  it('begins again with another registration after its destination was disabled', async () => {
    const { store } = api.context;
    const account = await home();
    await register('v3');
    const [was] = (await store.destinations.list(account, { after: 0, limit: 1 })).items;
    if (was === undefined) return expect.unreachable();
    const value = { ...was, disabled: { at: 1, because: 'gone' }, failingSince: 1 };
    accepted(await store.commit({ account, writes: [{ save: 'destination', was, value }], events: [] }));
    await register('v3');
    const [now] = (await store.destinations.list(account, { after: 0, limit: 1 })).items;
    expect(now).toMatchObject({ id: was.id, disabled: null, failingSince: null });
  });
});
