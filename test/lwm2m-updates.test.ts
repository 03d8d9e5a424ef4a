import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from './support/lwm2m-device.ts';
import { type Lwm2mServer, startLwm2mServer } from './support/lwm2m-server.ts';

let muster: Lwm2mServer;

beforeAll(async () => {
  muster = await startLwm2mServer({ MUSTER_LWM2M_INSTALL_TIMEOUT: '4s' });
});
afterAll(() => muster?.stop());

let made = 0;
const fresh = (): number => {
  made += 1;
  return made;
};

type Given = {
  readonly faults?: readonly Fault[];
  readonly delivery?: number;
  readonly enabler?: '1.0' | '1.1';
  readonly protocols?: readonly number[];
  readonly size?: number;
  readonly damage?: 'checksum' | 'kind';
};

/** A device that is registered and gets a campaign: how its update ended, and what the device saw. */
const update = async ({
  faults = [],
  delivery = 1,
  enabler = '1.1',
  protocols,
  size,
  damage,
}: Given = {}) => {
  const number = fresh();
  const id = `device-${number}`;
  // Short times between retransmissions: nothing here is further away than this machine.
  await muster.device(id, { attributes: { 'lwm2m.ackTimeout': 0.1 } });
  const device = await muster.simulate(id, {
    ...{ faults, delivery, enabler },
    ...(protocols !== undefined && { protocols }),
  });
  const image = { version: `2.0.${number}`, ...(size && { size }), ...(damage && { damage }) };
  const pack = await muster.image(image);
  const campaign = await muster.campaign(pack, [id]);
  return { id, device, campaign, pack, version: image.version, ended: await muster.ended(campaign, id) };
};

describe.concurrent('an update of a simulated device', () => {
  it.each([
    ['1.0', 1, 'by push'],
    ['1.1', 1, 'by push'],
    ['1.0', 0, 'by pull over CoAP'],
    ['1.1', 0, 'by pull over CoAP'],
  ] as const)('of LwM2M %s with delivery method %i succeeds %s', async (enabler, delivery, _way) => {
    const { ended, device, version } = await update({ enabler, delivery, protocols: [0], size: 70_000 });
    expect(ended).toMatchObject({ outcome: 'succeeded', position: 'activation-complete' });
    expect(device.view()).toMatchObject({ version, executions: 1, registrations: 2 });
  });

  it('is pulled over HTTP where the device can', async () => {
    const { ended, device } = await update({ delivery: 0, protocols: [2], size: 200_000 });
    expect(ended).toMatchObject({ outcome: 'succeeded' });
    expect(device.log.filter((line) => line.startsWith('PUT /5/0/1'))).toHaveLength(1);
  });

  it.each([
    ['corrupts the image', { faults: ['corrupts'] }, 'checksum-mismatch'],
    ['gets a damaged image', { damage: 'checksum' }, 'checksum-mismatch'],
    ['gets an image of another kind', { damage: 'kind' }, 'wrong-package'],
    ['has no flash', { faults: ['no-flash'] }, 'no-space'],
    ['has no memory', { faults: ['no-memory'] }, 'no-space'],
    ['rejects the package', { faults: ['rejects'] }, 'wrong-package'],
    ['has an installer that fails', { faults: ['installer-fails'] }, 'install-failed'],
    ['rolls back', { faults: ['rolls-back'] }, 'install-failed'],
    ['reports success with the old version', { faults: ['old-version'] }, 'version-mismatch'],
    ['never comes back', { faults: ['never-returns'] }, 'phase-timed-out'],
    [
      'loses its connection in the middle of a download',
      { faults: ['cut-download'], delivery: 0, protocols: [2] },
      'connection-lost',
    ],
    ['speaks nothing that packages are offered over', { delivery: 0, protocols: [9] }, 'unsupported'],
  ] as const satisfies readonly (readonly [string, Given, string])[])(
    'of a device that %s ends as it should',
    async (_, given, reason) => {
      const { ended } = await update(given);
      expect(ended).toMatchObject({ outcome: 'failed', reason });
    },
  );

  it.each([
    ['forgets its result', { faults: ['forgets-result'] }],
    ['reboots before it has answered Execute', { faults: ['unanswered-execute'] }],
    ['loses answers to blocks', { faults: ['lost-replies'] }],
    ['answers separately', { faults: ['separate-responses'] }],
    ['refuses to be observed', { faults: ['no-observe'] }],
  ] as const satisfies readonly (readonly [string, Given])[])(
    'of a device that %s succeeds all the same, with one Execute',
    async (_, given) => {
      const { ended, device } = await update(given);
      expect(ended).toMatchObject({ outcome: 'succeeded' });
      expect(device.view().executions).toBe(1);
    },
  );

  it('that is put off waits, and is executed when the device is ready', async () => {
    const id = `device-${fresh()}`;
    await muster.device(id, { attributes: { 'lwm2m.deferral': 2 } });
    const device = await muster.simulate(id, { faults: ['defers'], delivery: 1 });
    const campaign = await muster.campaign(await muster.image({ version: '3.0' }), [id]);
    await device.until(({ result }) => result === 11);
    expect((await muster.update(campaign, id))['position']).toBe('execution-running');
    device.setFaults([]);
    expect(await muster.ended(campaign, id)).toMatchObject({ outcome: 'succeeded' });
    expect(device.view().executions).toBe(2);
  });

  it('makes the device known by what object 3 says, and by its new version', async () => {
    const { id, version } = await update();
    const device = await muster.call('GET', `/devices/${id}`);
    expect(device).toMatchObject({ versions: { firmware: version }, protocol: 'lwm2m' });
    expect(device['make']).not.toBe('');
  });
});
