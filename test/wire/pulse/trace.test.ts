import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Phase,
  type PulseFleet,
  startPulseFleet,
  type TestCampaign,
  type TestGateway,
} from './gateways.ts';

let fleet: PulseFleet;

beforeAll(async () => {
  fleet = await startPulseFleet();
});
afterAll(() => fleet.api.close());

/** The scripts of a package: with `reset` it can be undone. */
const scripts = { ACTIVATE: 'activate.sh', RESET: 'reset.sh' };

const start = async (manifest: object, settings: Readonly<Record<string, string>> = {}) => {
  const gateway = await fleet.gateway();
  const packages = [await fleet.pack({ ...scripts, ...manifest })];
  return { gateway, packages, campaign: await fleet.campaign([gateway], { packages, settings }) };
};

/** What the gateway is told, and the state after it. */
const poll = async (campaign: TestCampaign, gateway: TestGateway) => {
  const command = await gateway.poll();
  return { command, told: [command?.name, await campaign.state(gateway)] as const };
};

const nothing = undefined;

describe('the reference trace (3.4): not headless, one command at a time', () => {
  it.each(['the operator', 'the gateway'])('goes through every state when %s schedules', async (who) => {
    const { gateway, campaign, packages } = await start({ HEADLESS_EXECUTION: false });
    const as = who === 'the gateway' ? gateway.token : undefined;
    const schedule = async (phase: Phase) => {
      const path = `/devices/${gateway.id}/scheduled-${phase}`;
      expect((await campaign.put(path, { begin: '0', end: '0' }, as)).body).toEqual({});
      return campaign.state(gateway);
    };

    expect(await campaign.state(gateway)).toBe('INSTANTIATED');
    expect((await poll(campaign, gateway)).told).toEqual(['OTA_INVENTORY', 'INVENTORY_UP_TO_DATE']);
    const held = await poll(campaign, gateway);
    expect(held.told).toEqual(['OTA_CHECKPOINT', 'WAITING_FOR_DOWNLOAD_APPROVAL']);
    expect(held.command?.arguments).toEqual({ campaignId: [campaign.id], phase: ['download'] });
    expect((await poll(campaign, gateway)).told).toEqual([nothing, 'WAITING_FOR_DOWNLOAD_APPROVAL']);

    expect(await schedule('download')).toBe('WAITING_FOR_DOWNLOAD');
    const download = await poll(campaign, gateway);
    expect(download.told).toEqual(['OTA_DOWNLOAD', 'DOWNLOADING']);
    expect(download.command?.arguments).toMatchObject({ campaignId: [campaign.id], packageIds: packages });
    await gateway.says(download.command, 'RUNNING');
    await gateway.says(download.command, 'SUCCEEDED');
    expect(await campaign.state(gateway)).toBe('DOWNLOAD_COMPLETE');
    expect((await poll(campaign, gateway)).told).toEqual([
      'OTA_CHECKPOINT',
      'WAITING_FOR_EXECUTION_APPROVAL',
    ]);

    expect(await schedule('execution')).toBe('WAITING_FOR_EXECUTION');
    const execute = await poll(campaign, gateway);
    expect(execute.told).toEqual(['OTA_EXECUTE', 'EXECUTING']);
    expect(execute.command?.arguments).toEqual({
      campaignId: [campaign.id],
      packageIds: packages,
      windowEnd: [],
    });
    await gateway.says(execute.command, 'SUCCEEDED', { exitCode: 0 });
    expect(await campaign.state(gateway)).toBe('EXECUTION_COMPLETE');
    expect((await poll(campaign, gateway)).told).toEqual([
      'OTA_CHECKPOINT',
      'WAITING_FOR_ACTIVATION_APPROVAL',
    ]);

    expect(await schedule('activation')).toBe('WAITING_FOR_ACTIVATION');
    const activate = await poll(campaign, gateway);
    expect(activate.told).toEqual(['OTA_ACTIVATE', 'ACTIVATING']);
    await gateway.says(activate.command, 'SUCCEEDED');
    expect(await campaign.end(gateway)).toEqual(['ACTIVATION_COMPLETE', true]);
    expect(await gateway.poll()).toBeUndefined();

    // Between the go and the handing out there is a state that only those see who follow the events.
    expect(await campaign.history(gateway)).toEqual(
      expect.arrayContaining(['download-scheduled', 'execution-scheduled', 'activation-scheduled']),
    );
  });

  it('waits for a slot that is ahead, and is held again when that ended unused', async () => {
    const { gateway, campaign } = await start({ HEADLESS_EXECUTION: false });
    await gateway.poll();
    await gateway.poll();
    const now = fleet.api.context.clock();
    const path = `/devices/${gateway.id}/scheduled-download`;
    await campaign.put(path, { begin: `${now + 60_000}`, end: `${now + 120_000}` });
    expect((await poll(campaign, gateway)).told).toEqual([nothing, 'SCHEDULED_DOWNLOAD']);
    fleet.api.pass(120_000);
    expect((await poll(campaign, gateway)).told).toEqual(['OTA_CHECKPOINT', 'WAITING_FOR_DOWNLOAD_APPROVAL']);

    const later = fleet.api.context.clock();
    await campaign.put(path, { begin: `${later}`, end: `${later + 60_000}` });
    const { command } = await poll(campaign, gateway);
    expect(command?.name).toBe('OTA_DOWNLOAD');
    expect(command?.arguments['windowEnd']).toEqual([`${later + 60_000}`]);
  });
});

describe('its headless twin', () => {
  it('needs seven polls and nobody', async () => {
    const { gateway, campaign } = await start({ HEADLESS_EXECUTION: true });
    const steps: (readonly [string | undefined, string])[] = [];
    for (let polls = 0; polls < 7; polls += 1) {
      const { command, told } = await poll(campaign, gateway);
      steps.push(told);
      if (command !== undefined) await gateway.says(command, 'SUCCEEDED');
    }
    expect(steps).toEqual([
      ['OTA_INVENTORY', 'INVENTORY_UP_TO_DATE'],
      [nothing, 'WAITING_FOR_DOWNLOAD'],
      ['OTA_DOWNLOAD', 'DOWNLOADING'],
      [nothing, 'WAITING_FOR_EXECUTION'],
      ['OTA_EXECUTE', 'EXECUTING'],
      [nothing, 'WAITING_FOR_ACTIVATION'],
      ['OTA_ACTIVATE', 'ACTIVATING'],
    ]);
    expect(await campaign.end(gateway)).toEqual(['ACTIVATION_COMPLETE', true]);
  });

  it('needs three where a campaign takes all steps in one poll, through the same states', async () => {
    const { gateway, campaign } = await start({ HEADLESS_EXECUTION: true }, { 'ota.stepsPerPoll': '8' });
    for (const name of ['OTA_DOWNLOAD', 'OTA_EXECUTE', 'OTA_ACTIVATE']) {
      const command = await gateway.poll();
      expect(command?.name).toBe(name);
      await gateway.says(command, 'SUCCEEDED');
    }
    expect(await campaign.end(gateway)).toEqual(['ACTIVATION_COMPLETE', true]);
    expect(await campaign.history(gateway)).toEqual([
      ...['inventoried', 'download-ready', 'update-packages-set', 'download-running'],
      ...['download-complete', 'execution-ready', 'execution-running', 'execution-complete'],
      ...['activation-ready', 'activation-running', 'activation-complete', 'update-closed'],
    ]);
  });
});

describe('a phase that fails', () => {
  const failingAt = async (name: string, manifest: object = {}, settings: object = {}) => {
    const started = await start(manifest, { 'ota.stepsPerPoll': '8', ...settings });
    const { gateway } = started;
    for (;;) {
      const command = await gateway.poll();
      if (command?.name === name) return { ...started, command };
      await gateway.says(command, 'SUCCEEDED');
    }
  };
  const updateOf = async (campaign: TestCampaign, gateway: TestGateway) =>
    (await fleet.api.call('GET', `/campaigns/${campaign.id}/devices/${gateway.id}`)).body;

  it('is undone by the package where it can be, and the gateway is through', async () => {
    const { gateway, campaign, command, packages } = await failingAt('OTA_EXECUTE');
    await gateway.says(command, 'FAILED', { message: 'checking\nthe disk is read-only\n', exitCode: 3 });
    expect(await campaign.end(gateway)).toEqual(['RESETTING', false]);
    expect(await campaign.history(gateway)).toContain('execution-failed');

    const reset = await poll(campaign, gateway);
    expect(reset.told).toEqual(['OTA_RESET', 'RESETTING']);
    expect(reset.command?.arguments).toEqual({
      campaignId: [campaign.id],
      packageIds: packages,
      reason: ['the disk is read-only'],
    });
    await gateway.says(reset.command, 'SUCCEEDED');
    expect(await campaign.end(gateway)).toEqual(['RESET_COMPLETE', true]);
    expect(await gateway.poll()).toBeUndefined();
  });

  it('is undone in reverse order of the packages', async () => {
    const gateway = await fleet.gateway();
    const packages = [await fleet.pack(scripts), await fleet.pack(scripts)];
    const campaign = await fleet.campaign([gateway], { packages, settings: { 'ota.stepsPerPoll': '8' } });
    const download = await gateway.poll();
    expect(download?.arguments['packageIds']).toEqual(packages);
    await gateway.says(download, 'SUCCEEDED');
    await gateway.says(await gateway.poll(), 'FAILED');
    expect((await gateway.poll())?.arguments['packageIds']).toEqual(packages.toReversed());
    expect(await campaign.state(gateway)).toBe('RESETTING');
  });

  it.each(['FAILED', 'REJECTED'])('and whose undoing is %s too leaves it at that', async (status) => {
    const { gateway, campaign, command } = await failingAt('OTA_ACTIVATE');
    await gateway.says(command, 'FAILED');
    await gateway.says(await gateway.poll(), status);
    expect(await campaign.end(gateway)).toEqual(['RESET_FAILED', true]);
    expect(await campaign.history(gateway)).toContain('activation-failed');
  });

  it.each([
    ['OTA_EXECUTE', 'EXECUTION_FAILED', 'install-failed'],
    ['OTA_ACTIVATE', 'ACTIVATION_FAILED', 'activation-failed'],
  ])('is the end without a reset script: %s, %s', async (name, state, reason) => {
    const { gateway, campaign, command } = await failingAt(name, { RESET: '' });
    await gateway.says(command, 'FAILED', { message: 'network unreachable', exitCode: 7 });
    expect(await campaign.end(gateway)).toEqual([state, true]);
    const message = 'network unreachable';
    expect(await updateOf(campaign, gateway)).toMatchObject({ outcome: 'failed', reason, message });
  });

  it.each([
    ['sha256 mismatch', 'checksum-mismatch'],
    ['write: ENOSPC', 'no-space'],
    ['connection reset', 'connection-lost'],
    ['gone', 'download-failed'],
  ])('tells of a download by "%s" that the reason was %s', async (message, reason) => {
    const { gateway, campaign, command } = await failingAt('OTA_DOWNLOAD', { RESET: '' });
    await gateway.says(command, 'FAILED', { message });
    expect(await campaign.end(gateway)).toEqual(['DOWNLOAD_FAILED', true]);
    expect(await updateOf(campaign, gateway)).toMatchObject({ reason, message });
  });

  it('is tried again where the campaign allows it, under another id', async () => {
    const { gateway, campaign, command } = await failingAt('OTA_DOWNLOAD', {}, { 'ota.attempts': '2' });
    const fails = () => gateway.says(command, 'FAILED', { message: 'connection reset' });
    await fails();
    expect(await campaign.end(gateway)).toEqual(['INVENTORY_UP_TO_DATE', false]);
    expect(await gateway.poll()).toBeUndefined();
    // Told once more, it is the same failure.
    await fails();
    fleet.api.pass(10 * 60_000);
    const again = await gateway.poll();
    expect(again?.name).toBe('OTA_DOWNLOAD');
    expect(again?.id).not.toBe(command?.id);
    await fails();
    expect(await campaign.state(gateway)).toBe('DOWNLOADING');
    await gateway.says(again, 'SUCCEEDED');
    expect(await campaign.state(gateway)).toBe('DOWNLOAD_COMPLETE');
  });

  it.each(['OTA_DOWNLOAD', 'OTA_EXECUTE', 'OTA_ACTIVATE'])('may be none: %s is rejected', async (name) => {
    const { gateway, campaign, command } = await failingAt(name);
    const message = 'not while the line runs';
    await gateway.says(command, 'REJECTED', { message });
    expect(await updateOf(campaign, gateway)).toMatchObject({ outcome: 'rejected', message });
  });
});
