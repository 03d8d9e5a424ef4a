import { afterEach, describe, expect, it } from 'vitest';
import { type CampaignCalls, campaignCalls, refused, startV2, startV3 } from './campaign-calls.ts';
import { holdsReply } from './models.ts';
import { ACCOUNT, imei, type Operator } from './operator.ts';
import { done } from './prepare.ts';
import { firmware, first, module, second, what } from './published.ts';

let operator: Operator;
let calls: CampaignCalls;
const start = async (starting: Promise<Operator>): Promise<void> => {
  operator = await starting;
  calls = campaignCalls(operator);
};
afterEach(() => operator.api.close());

const waits = 'UpgradePending: Waits for the start at 21 Aug 20 00:00 UTC';
const done21 = { type: 'progress', phase: 'activation', step: 'complete' } as const;
/** Without windows, so that devices get it as soon as it was started. */
const anyHour = { downloadTimeWindowList: [], installTimeWindowList: [] };

describe('devices that join and leave', () => {
  it('do so in v2 with the background, and are seen in the report', async () => {
    await start(startV2());
    await operator.device('late', what);
    const id = await calls.scheduled('v2', { deviceList: [first, second, 'nobody'] });
    for (const deviceList of [['late', 'stranger'], ['late']]) {
      done(await calls.change('v2', id, { Type: 'append', deviceList }));
    }
    done(await calls.change('v2', id, { Type: 'remove', deviceList: [second, 'nobody'] }));
    await operator.work();
    expect(await calls.statuses('v2', id)).toEqual({
      [first]: waits,
      late: waits,
      stranger: 'DeviceRejected: Device not found',
    });
    expect((await calls.members('v2', id)).totalDevice).toBe(3);
  });

  it('do so in v3 at once, each with its result, and a repeat says the same', async () => {
    await start(startV3());
    const profile = { protocol: 'lwm2m', ...module };
    for (const one of ['a', 'b']) await operator.device(one, profile);
    const id = await calls.scheduled('v3');
    for (const _ of [1, 2]) {
      const { body } = done(
        await calls.change('v3', id, { Type: 'append', deviceList: ['a', 'b', 'nobody'] }),
      );
      holdsReply(9, body);
      expect(body.deviceList.map((one: { readonly status: string }) => one.status)).toEqual([
        'AddDeviceSucceed',
        'AddDeviceSucceed',
        'AddDeviceFailed',
      ]);
    }
    for (const _ of [1, 2]) {
      const { body } = done(await calls.change('v3', id, { Type: 'remove', deviceList: ['b', 'nobody'] }));
      expect(body.deviceList.map((one: { readonly status: string }) => one.status)).toEqual([
        'RemoveDeviceSucceed',
        'RemoveDeviceFailed',
      ]);
    }
    expect(Object.keys(await calls.statuses('v3', id))).toEqual([first, 'a']);
    done(await calls.change('v3', id, { Type: 'append', deviceList: ['b'] }));
    expect(Object.keys(await calls.statuses('v3', id))).toEqual([first, 'a', 'b']);
  });

  it.each(['v2', 'v3'] as const)('may not do so in %s once it was started, or is over', async (version) => {
    await start(version === 'v2' ? startV2() : startV3());
    const id = await calls.scheduled(version);
    await operator.at(version === 'v2' ? '2020-08-21T00:00:00Z' : '2021-09-29T00:00:00Z');
    await operator.work();
    const body = { Type: 'append', deviceList: [second] };
    expect(await calls.change(version, id, body)).toMatchObject(refused('Campaign already started'));
    await operator.at('2021-10-02T00:00:00Z');
    await operator.work();
    expect(await calls.change(version, id, body)).toMatchObject(refused('Campaign already ended'));
  });
});

describe('a campaign that is called off', () => {
  it('is cancelled before its start, with its devices, however often that is asked', async () => {
    await start(startV2());
    const id = await calls.scheduled('v2');
    for (const _ of [1, 2]) {
      expect(done(await calls.cancel('v2', id)).body).toEqual({ success: true });
      await operator.work();
    }
    expect(await calls.status('v2', id)).toBe('CampaignCancelled');
    expect((await calls.statuses('v2', id))[first]).toBe('CampaignCancelled: Campaign was cancelled');
    expect(await calls.found('v2', 'CampaignCancelled')).toEqual([id]);
  });

  it('takes nobody in where that comes before its devices were looked at', async () => {
    await start(startV2());
    const { id } = done(await calls.schedule.v2()).body;
    done(await calls.cancel('v2', id));
    await operator.work();
    expect(await calls.status('v2', id)).toBe('CampaignCancelled');
    expect(await calls.statuses('v2', id)).toEqual({});
  });

  it('is aborted after its start in v2', async () => {
    await start(startV2());
    const id = await calls.scheduled('v2');
    await operator.at('2020-08-21T00:00:00Z');
    await operator.work();
    done(await calls.cancel('v2', id));
    await operator.work();
    expect(await calls.status('v2', id)).toBe('CampaignAborted');
    expect((await calls.statuses('v2', id))[first]).toBe('CampaignAborted: Campaign was aborted');
    expect(done(await calls.cancel('v2', id)).body).toEqual({ success: true });
  });

  it('runs to its end in v3, unless the account lets it be aborted', async () => {
    await start(startV3());
    const id = await calls.scheduled('v3');
    await operator.at('2021-09-29T00:00:00Z');
    await operator.work();
    expect(await calls.cancel('v3', id)).toMatchObject(refused('Campaign already started'));
    await operator.settings({ 'thingspace.v3AbortAfterStart': 'true' });
    done(await calls.cancel('v3', id));
    expect(await calls.status('v3', id)).toBe('CampaignAborted');
  });

  it('cannot be once it has ended', async () => {
    await start(startV2());
    const id = await calls.scheduled('v2');
    for (const instant of ['2020-08-21T00:00:00Z', '2020-08-23T00:00:00Z']) {
      await operator.at(instant);
      await operator.work();
    }
    expect(await calls.cancel('v2', id)).toMatchObject(refused('Campaign already ended'));
  });
});

describe('a campaign of the day', () => {
  it('is scheduled at once, delivers, and ends with its last device', async () => {
    await start(startV2());
    const id = await calls.scheduled('v2', {
      startDate: '2020-08-20',
      downloadAfterDate: undefined,
      installAfterDate: undefined,
      ...anyHour,
    });
    expect(await calls.status('v2', id)).toBe('CampaignScheduled');
    await operator.contact(id, first, done21);
    expect(await calls.statuses('v2', id)).toMatchObject({
      [first]: 'UpgradeSuccess: DownloadInstallSucceeded',
      [second]: 'UpgradePending: Waits for the device',
    });
    await operator.contact(id, second, {
      ...{ type: 'failure', reason: 'install-failed', message: 'no', undoes: false },
    });
    await operator.work();
    expect((await calls.statuses('v2', id))[second]).toBe('UpgradeFailed: RovaClientDownloadFailed');
    expect(await calls.status('v2', id)).toBe('CampaignEnded');
  });

  it('keeps its windows: nothing is delivered outside of them', async () => {
    await start(startV2());
    const windows = [{ startTime: 20, endTime: 22 }];
    const id = await calls.scheduled('v2', {
      ...{ startDate: '2020-08-20', downloadTimeWindowList: windows, installTimeWindowList: windows },
      ...{ downloadAfterDate: undefined, installAfterDate: '2020-08-21' },
    });
    const positionAt = async (instant: string) => {
      await operator.at(instant);
      return (await operator.contact(id, first)).position;
    };
    expect(await positionAt('2020-08-20T20:30:00Z')).toBe('download-scheduled');
    expect(await positionAt('2020-08-21T19:59:59Z')).toBe('download-scheduled');
    expect(await positionAt('2020-08-21T20:00:00Z')).toBe('download-running');
  });
});

describe('windows without an hour in common', () => {
  it('let a device that does all in one go begin when it may install', async () => {
    await start(startV2());
    const id = await calls.scheduled('v2');
    const positionAt = async (instant: string) => {
      await operator.at(instant);
      await operator.work();
      return (await operator.contact(id, first)).position;
    };
    expect(await positionAt('2020-08-21T20:30:00Z')).toBe('download-scheduled');
    expect(await positionAt('2020-08-21T22:00:00Z')).toBe('download-running');
  });

  it('hold up the download of a device that does one after the other until its own hours', async () => {
    await start(startV2());
    await operator.device('gateway', { ...what, protocol: 'gateway' });
    const id = await calls.scheduled('v2', { deviceList: ['gateway'] });
    const positionAt = async (instant: string) => {
      await operator.at(instant);
      await operator.work();
      return (await operator.contact(id, 'gateway')).position;
    };
    expect(await positionAt('2020-08-21T19:59:59Z')).toBe('download-scheduled');
    expect(await positionAt('2020-08-21T20:00:00Z')).toBe('download-running');
  });
});

describe('dates of a campaign that waits', () => {
  it.each([
    ['later', { startDate: '2020-09-21', endDate: '2020-09-22' }],
    ['earlier', { startDate: '2020-08-20', endDate: '2020-08-20' }],
  ])('move both at once, %s', async (_title, dates) => {
    await start(startV2());
    const id = await calls.scheduled('v2');
    expect(done(await calls.dates('v2', id, dates)).body).toMatchObject(dates);
    await operator.at(`${dates.startDate}T12:00:00Z`);
    await operator.work();
    expect(await calls.status('v2', id)).toBe('CampaignScheduled');
  });

  it('need another approval where the account asks for that', async () => {
    await start(startV2());
    const policy = { as: operator.api.admin, body: { approvalPolicy: 'one' } };
    done(await operator.api.call('PATCH', '/accounts/DEFAULT', policy));
    const id = await calls.scheduled('v2');
    const approve = async () => {
      done(await operator.api.call('POST', `/campaigns/${id}/approve`));
      await operator.work();
    };
    await approve();
    expect(await calls.status('v2', id)).toBe('CampaignRequestQueued');
    done(await calls.dates('v2', id, { startDate: '2020-08-20', endDate: '2020-08-30' }));
    await operator.work();
    expect(await calls.status('v2', id)).toBe('CampaignRequestPending');
    await approve();
    expect(await calls.status('v2', id)).toBe('CampaignScheduled');
  });

  it('stay as they are where the others are refused', async () => {
    await start(startV2());
    const id = await calls.scheduled('v2');
    const was = await calls.get('v2', id);
    const wrong = { startDate: '2020-09-21', endDate: '2020-09-20' };
    expect(await calls.dates('v2', id, wrong)).toMatchObject(refused('Invalid end date'));
    expect(await calls.get('v2', id)).toEqual(was);
  });
});

describe('devices that come to match', () => {
  it('join for as long as a campaign of v3 that adds them runs', async () => {
    await start(startV3());
    const profile = { protocol: 'lwm2m', ...module };
    const id = await calls.scheduled('v3', { autoAddDevicesFlag: true });
    await operator.device('before', { ...profile, versions: { firmware: firmware.firmwareFrom } });
    await operator.at('2021-09-29T00:00:00Z');
    await operator.work();
    for (const [name, given] of Object.entries({
      during: { versions: { firmware: firmware.firmwareFrom } },
      'has-another': { versions: { firmware: 'SR0' } },
      'speaks-http': { protocol: 'ddi', versions: { firmware: firmware.firmwareFrom } },
    })) {
      await operator.device(name, { ...profile, ...given });
    }
    expect(Object.keys(await calls.statuses('v3', id))).toEqual([first, 'before', 'during']);
  });
});

describe('lists', () => {
  it('go on after the last device of a page, with nobody twice and nobody left out', async () => {
    await start(startV2());
    const ids = Array.from({ length: 1_500 }, (_, index) => imei(index));
    await operator.devices(
      ids.filter((_, index) => index % 3 > 0),
      what,
    );
    const id = await calls.scheduled('v2', { deviceList: ids });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await calls.members('v2', id, cursor);
      expect(page.deviceList.length).toBeLessThanOrEqual(1_000);
      seen.push(...page.deviceList.map((one: { readonly deviceId: string }) => one.deviceId));
      cursor = page.hasMoreData ? page.lastSeenDeviceId : undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
  });

  it('have the upgrades of a device of six months, the newest first', async () => {
    await start(startV2());
    const path = `/v2/reports/${ACCOUNT}/devices/${first}`;
    const history = async () => {
      const { body } = done(await operator.call('GET', path));
      holdsReply(20, body);
      return body.map((one: { readonly id: string }) => one.id);
    };
    const older = await calls.scheduled('v2');
    done(await calls.cancel('v2', older));
    await operator.work();
    await operator.at('2020-12-20T00:00:00Z');
    const dates = {
      startDate: '2020-12-21',
      endDate: '2020-12-22',
      downloadAfterDate: undefined,
      installAfterDate: undefined,
    };
    const newer = await calls.scheduled('v2', dates);
    expect(await history()).toEqual([newer, older]);
    await operator.at('2021-03-20T00:00:00Z');
    expect(await history()).toEqual([newer]);
  });

  it('of campaigns go on after the last one seen', async () => {
    await start(startV2());
    const one = await calls.scheduled('v2', { deviceList: [first] });
    const two = await calls.scheduled('v2', { deviceList: [second] });
    expect(await calls.found('v2', 'CampaignRequestQueued')).toEqual([one, two]);
    expect(await calls.found('v2', `CampaignRequestQueued&lastSeenCampaignId=${one}`)).toEqual([two]);
    const path = `/v2/reports/${ACCOUNT}/campaigns?campaignStatus=CampaignEnded&lastSeenCampaignId=nowhere`;
    expect(await operator.call('GET', path)).toMatchObject(refused('LastSeenCampaignId Not Valid'));
  });
});
