import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { actionOf, type Fleet, startFleet, type TestDevice } from './fleet.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
});
afterEach(() => fleet.api.close());

const HOUR = 3_600_000;
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
/** Tests begin at 08:00 UTC. */
const install = { notBefore: null, windows: [{ days, zone: 'utc', from: '10:00', to: '11:00' }] };
const waits = { attributes: { 'ddi.steps': 'two' } };

const deploymentOf = async (device: TestDevice, action: string) =>
  (await device.ask('GET', `/deploymentBase/${action}`)).body.deployment;

const fetchAll = async (device: TestDevice, action: string): Promise<void> => {
  const { chunks } = await deploymentOf(device, action);
  expect((await device.ask('GET', chunks[0].artifacts[0]._links.download.href)).status).toBe(200);
};

const begin = async () => {
  const device = await fleet.device('rauc', waits);
  const campaign = await fleet.campaign([device], { install });
  const { deploymentBase } = await device.links();
  return { device, campaign, action: actionOf(deploymentBase), link: deploymentBase };
};

describe('a client that is known to wait between download and install', () => {
  it('C3: downloads at once, is told that the window is not open, and when it may be', async () => {
    const { device, action, campaign } = await begin();
    const told = { download: 'forced', update: 'skip', maintenanceWindow: 'unavailable' };
    expect(await deploymentOf(device, action)).toMatchObject(told);
    await fetchAll(device, action);
    await expect.poll(async () => (await campaign.update(device)).position).toBe('download-complete');
    const { config } = (await device.ask('GET')).body;
    // Two hours are more than the account lets a device sleep.
    expect(config.polling.sleep).toBe('01:00:00');
    expect(await deploymentOf(device, action)).toMatchObject(told);
  });

  it('C3: is told to install once the window opens, under another link', async () => {
    const { device, action, link } = await begin();
    await device.say('deploymentBase', action, 'downloaded');
    const { deploymentBase: waiting } = await device.links();
    fleet.api.pass(2 * HOUR);
    const { deploymentBase: open } = await device.links();
    expect(new Set([link, waiting, open]).size).toBe(3);
    const told = { download: 'forced', update: 'forced', maintenanceWindow: 'available' };
    expect(await deploymentOf(device, action)).toMatchObject(told);
  });

  it('does not begin by what it still says of the download', async () => {
    const { device, action, campaign } = await begin();
    await device.say('deploymentBase', action, 'downloaded');
    await device.say('deploymentBase', action, 'proceeding', 'none', { details: ['File checksum OK.'] });
    expect((await campaign.update(device)).position).toBe('download-complete');
    fleet.api.pass(2 * HOUR);
    await device.links();
    await device.say('deploymentBase', action, 'proceeding', 'none', { details: ['installing'] });
    expect((await campaign.update(device)).position).toBe('execution-running');
    await device.say('deploymentBase', action, 'closed', 'success');
    expect(await campaign.update(device)).toMatchObject({ status: 'closed', outcome: 'succeeded' });
  });

  it('takes both at once in a campaign that has one time for them', async () => {
    const device = await fleet.device('other', waits);
    await fleet.campaign([device]);
    const { deploymentBase } = await device.links();
    const deployment = await deploymentOf(device, actionOf(deploymentBase));
    expect(deployment).toMatchObject({ download: 'forced', update: 'forced' });
    expect(deployment).not.toHaveProperty('maintenanceWindow');
  });
});

it('any other client is offered nothing before it may install, and never told to skip', async () => {
  const device = await fleet.device();
  await fleet.campaign([device], { install });
  expect(await device.links()).not.toHaveProperty('deploymentBase');
  fleet.api.pass(2 * HOUR);
  const { deploymentBase } = await device.links();
  const deployment = await deploymentOf(device, actionOf(deploymentBase));
  expect(deployment.update).toBe('forced');
  expect(deployment).not.toHaveProperty('maintenanceWindow');
});
