import { afterEach, describe, expect, it } from 'vitest';
import { type CampaignCalls, campaignCalls, refused, startV2, startV3 } from './campaign-calls.ts';
import { holdsReply } from './models.ts';
import { ACCOUNT, imei, type Operator } from './operator.ts';
import { done } from './prepare.ts';
import { first, module, publishedV2, publishedV3, second, software, what } from './published.ts';

let operator: Operator;
let calls: CampaignCalls;
const start = async (starting: Promise<Operator>): Promise<void> => {
  operator = await starting;
  calls = campaignCalls(operator);
};
afterEach(() => operator.api.close());

describe('the published samples', () => {
  it('are a campaign of v2 at the day before their own, from its request to its end', async () => {
    await start(startV2());
    const reply = done(await calls.schedule.v2());
    holdsReply(1, reply.body);
    const { id } = reply.body;
    expect(reply.body).toEqual({
      ...publishedV2,
      ...what,
      id,
      accountName: ACCOUNT,
      deviceList: [first, second],
      status: 'CampaignRequestPending',
    });
    await operator.work();
    expect(await calls.status('v2', id)).toBe('CampaignRequestQueued');
    const dates = {
      ...{ startDate: '2020-08-21', endDate: '2020-08-22', downloadAfterDate: '2020-08-21' },
      downloadTimeWindowList: [{ startTime: 3, endTime: 4 }],
      installAfterDate: '2020-08-21',
      installTimeWindowList: [{ startTime: 5, endTime: 6 }],
    };
    const changed = done(await calls.dates('v2', id, dates));
    holdsReply(5, changed.body);
    expect(changed.body).toMatchObject(dates);
    await operator.at('2020-08-21T01:00:00Z');
    await operator.work();
    const more = {
      ...dates,
      endDate: '2020-08-23',
      downloadTimeWindowList: [...dates.downloadTimeWindowList, { startTime: 5, endTime: 6 }],
      installTimeWindowList: [...dates.installTimeWindowList, { startTime: 6, endTime: 7 }],
    };
    expect(done(await calls.dates('v2', id, more)).body).toMatchObject({
      ...more,
      status: 'CampaignScheduled',
    });
    await operator.at('2020-08-24T00:00:00Z');
    await operator.work();
    expect(await calls.status('v2', id)).toBe('CampaignEnded');
    expect(await calls.statuses('v2', id)).toEqual({
      [first]: 'UpgradeFailed: Campaign ended before the device was updated',
      [second]: 'UpgradeFailed: Campaign ended before the device was updated',
    });
  });

  it('are a campaign of v3, prepared on the day before its start', async () => {
    await start(startV3());
    const reply = done(await calls.schedule.v3());
    holdsReply(8, reply.body);
    const { id } = reply.body;
    expect(reply.body).toEqual({
      ...publishedV3,
      ...{ id, accountName: ACCOUNT, ...module },
      timeWindowList: publishedV3.campaignTimeWindowList,
      ...{ autoAssignLicenseFlag: false, autoAddDevicesFlag: false },
      status: 'CampaignRequestPending',
    });
    await operator.work();
    expect(await calls.status('v3', id)).toBe('CampaignRequestQueued');
    await operator.at('2021-09-28T00:00:01Z');
    expect(await calls.status('v3', id)).toBe('CampaignPreScheduled');
    for (const word of [
      'CampaignRequestQueued',
      'CampaignQueued',
      'CampaignScheduled',
      'CampaignPreScheduled',
    ]) {
      expect(await calls.found('v3', word), word).toEqual([id]);
    }
    await operator.at('2021-09-29T00:00:00Z');
    await operator.work();
    expect(await calls.status('v3', id)).toBe('CampaignScheduled');
  });
});

describe('what a campaign may not be', () => {
  it.each([
    [{ startDate: '2020-08-19' }, 'Invalid start date'],
    [{ startDate: '2020-02-30' }, 'Invalid start date'],
    [{ startDate: '2020-08-21T00:00:00Z' }, 'Invalid start date'],
    [{ startDate: undefined }, 'Invalid start date'],
    [{ endDate: '2020-08-20' }, 'Invalid end date'],
    [{ endDate: 'soon' }, 'Invalid end date'],
    [{ downloadAfterDate: '2020-08-23' }, 'Invalid download after date'],
    [{ downloadTimeWindowList: [{ startTime: 0, endTime: 0 }] }, 'Invalid time window'],
    [{ downloadTimeWindowList: [{ startTime: 5, endTime: 4 }] }, 'Invalid time window'],
    [{ downloadTimeWindowList: [{ startTime: 20, endTime: 25 }] }, 'Invalid time window'],
    [{ downloadTimeWindowList: [{ startTime: 1.5, endTime: 4 }] }, 'Invalid time window'],
    [{ installTimeWindowList: [{ endTime: 4 }] }, 'Invalid time window'],
    [
      {
        installTimeWindowList: [
          { startTime: 1, endTime: 4 },
          { startTime: 3, endTime: 6 },
        ],
      },
      'Invalid time window',
    ],
    [{ deviceList: [] }, 'Device list is empty'],
    [{ deviceList: undefined }, 'Device list is empty'],
    [{ softwareName: 'another' }, 'Software not found'],
    [{ softwareFrom: 'another' }, 'Software not found'],
    [{ distributionType: 'POST' }, 'Unsupported distributionType'],
  ])('%j is answered %j', async (given, message) => {
    await start(startV2());
    expect(await calls.schedule.v2(given)).toMatchObject(refused(message));
    expect(await calls.found('v2', '')).toEqual([]);
  });

  it('is one of more than 100,000 devices', async () => {
    await start(startV2());
    const deviceList = Array.from({ length: 100_001 }, (_, index) => imei(index));
    expect(await calls.schedule.v2({ deviceList })).toMatchObject(refused('Too many devices'));
  });

  it.each([
    [{ campaignTimeWindowList: [{ startTime: 18, endTime: 21 }] }, 'Time window must be at least 4 hours'],
    [
      { campaignTimeWindowList: undefined, timeWindowList: [{ startTime: 1, endTime: 2 }] },
      'Time window must be at least 4 hours',
    ],
    [{ firmwareName: 'another' }, 'Firmware not found'],
    [{ protocol: 'SMTP' }, 'Unsupported protocol'],
  ])('in v3 %j is answered %j', async (given, message) => {
    await start(startV3());
    expect(await calls.schedule.v3(given)).toMatchObject(refused(message));
  });
});

describe('the checks of eligibility', () => {
  it('reject single devices with the reason, and leave the campaign to the others', async () => {
    await start(startV2());
    await operator.device('lwm2m-1', { ...what, protocol: 'lwm2m' });
    await operator.device('other-make', { ...what, make: 'Acme' });
    await operator.device('other-version', { ...what, versions: { [software.softwareName]: '9' } });
    await operator.device('busy', what);
    const busy = done(await calls.schedule.v2({ deviceList: ['busy'] })).body.id;
    await operator.work();
    const deviceList = [first, 'urn:imei:nobody', 'lwm2m-1', 'other-make', 'other-version', 'busy', first];
    const { id } = done(await calls.schedule.v2({ deviceList })).body;
    await operator.work();
    expect(await calls.statuses('v2', busy)).toEqual({
      busy: 'UpgradePending: Waits for the start at 21 Aug 20 00:00 UTC',
    });
    expect(await calls.statuses('v2', id)).toEqual({
      [first]: 'UpgradePending: Waits for the start at 21 Aug 20 00:00 UTC',
      nobody: 'DeviceRejected: Device not found',
      'lwm2m-1': 'DeviceRejected: Device is not eligible: it speaks another protocol',
      'other-make': 'DeviceRejected: Device is not eligible: the package is for devices of another make',
      'other-version':
        'DeviceRejected: Device is not eligible: the package is for devices that have another version',
      busy: 'DeviceRejected: Device already in another campaign',
    });
    expect((await calls.members('v2', id)).totalDevice).toBe(6);
    expect(await calls.status('v2', id)).toBe('CampaignRequestQueued');
  });

  it('fail a campaign that they leave nobody to', async () => {
    await start(startV2());
    const { id } = done(await calls.schedule.v2({ deviceList: ['nobody'] })).body;
    await operator.work();
    expect(await calls.status('v2', id)).toBe('CampaignRequestFailed');
    expect(await calls.found('v2', 'CampaignRequestFailed')).toEqual([id]);
  });

  it('ask for licences where there are not enough, and assign those that are left', async () => {
    await start(startV3());
    await operator.device(second, { protocol: 'lwm2m' });
    await operator.settings({ 'thingspace.licenses': '1' });
    const without = done(await calls.schedule.v3({ deviceList: [first, second] })).body.id;
    await operator.work();
    expect(await calls.status('v3', without)).toBe('CampaignRequestFailed');
    const { id } = done(
      await calls.schedule.v3({ deviceList: [first, second], autoAssignLicenseFlag: 'true' }),
    ).body;
    await operator.work();
    expect(await calls.statuses('v3', id)).toEqual({
      [first]: 'UpgradePending: Waits for the start at 29 Sep 21 00:00 UTC',
      [second]: 'DeviceRejected: License not assigned',
    });
  });

  it('wait for approvals where the account asks for them, and go on by themselves', async () => {
    await start(startV2());
    const policy = { as: operator.api.admin, body: { approvalPolicy: 'one' } };
    done(await operator.api.call('PATCH', '/accounts/DEFAULT', policy));
    const { id } = done(await calls.schedule.v2()).body;
    await operator.work();
    expect(await calls.status('v2', id)).toBe('CampaignRequestPending');
    // Free text of the plan has no say in it.
    done(await operator.api.call('PATCH', `/campaigns/${id}`, { body: { settings: {} } }));
    done(await operator.api.call('POST', `/campaigns/${id}/approve`));
    await operator.work();
    expect(await calls.status('v2', id)).toBe('CampaignRequestQueued');
  });

  it('look at 100,000 devices of one request in pieces', { timeout: 120_000 }, async () => {
    await start(startV2());
    const ids = Array.from({ length: 100_000 }, (_, index) => imei(index));
    await operator.devices(ids.slice(0, 60_000), what);
    const { id, status } = done(await calls.schedule.v2({ deviceList: ids })).body;
    expect(status).toBe('CampaignRequestPending');
    await operator.work();
    const page = await calls.members('v2', id);
    expect(page).toMatchObject({ totalDevice: 100_000, hasMoreData: true, lastSeenDeviceId: imei(999) });
    const end = await calls.members('v2', id, imei(99_500));
    expect(end).toMatchObject({ hasMoreData: false, lastSeenDeviceId: imei(99_999) });
    expect(end.deviceList[0]).toMatchObject({ deviceId: imei(99_501), resultReason: 'Device not found' });
  });
});
