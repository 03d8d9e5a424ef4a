import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createDmDevice, type DmDeviceOptions } from '../../support/dm-device.ts';
import { type DmHouse, SERVER_PASSWORD, startDmHouse } from '../../support/oma-dm-talk.ts';

const houses: DmHouse[] = [];
afterEach(async () => {
  for (const house of houses.splice(0)) await house.api.close();
});

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** A server that listens, with one device that waits for firmware 2.0. */
const prepare = async (options: Partial<DmDeviceOptions> = {}, profile: object = {}, pack: object = {}) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const house = await startDmHouse({ MUSTER_PUBLIC_URL: url });
  houses.push(house);
  await house.api.http.listen({ host: '127.0.0.1', port });
  const { id, user, password } = await house.device('d1', profile);
  const campaign = await house.campaign(['d1'], {}, pack);
  const device = createDmDevice({
    ...{ server: `${url}/dm/DEFAULT`, id, account: { scheme: 'md5', user, password } },
    ...{ serverAccount: { scheme: 'md5', user: 'muster', password: SERVER_PASSWORD } },
    ...{ fumo: { root: './FUMO', has: 'one-step' }, becomes: '2.0', ...options },
  });
  return { house, campaign, device, account: { user, password } };
};

describe.each(['xml', 'wbxml'] as const)('a device of its own making, in %s over HTTP', (encoding) => {
  it.each(['one-step', 'two-steps', 'both'] as const)('updates its firmware: %s', async (has) => {
    const { device, campaign } = await prepare({ encoding, fumo: { root: './FUMO', has } });
    const logs = await device.live();
    expect(logs.map(({ ended }) => ended)).toEqual(logs.map(() => 'done'));
    expect(device.updates.installed().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      campaign.bytes,
    ]);
    await device.session();
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded' });
    expect(device.firmware()).toBe('2.0');
  });

  it('reads a descriptor, and tells of the installation by it', async () => {
    const { device, campaign } = await prepare({ encoding }, { attributes: { 'dm.descriptor': 'yes' } });
    await device.live();
    await device.session();
    expect(device.updates.installed()[0]?.notifyUri).toBeDefined();
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded' });
  });

  it('takes the image inside the session', async () => {
    const fumo = { root: './FUMO', has: 'in-band' } as const;
    const { device, campaign } = await prepare({ encoding, fumo }, { attributes: { 'dm.mode': 'in-band' } });
    await device.live();
    await device.session();
    expect(device.updates.installed().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      campaign.bytes,
    ]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded' });
  });

  it('installs software', async () => {
    const software = { kind: 'software' };
    const { device, campaign } = await prepare({ encoding, scomo: './SCOMO' }, {}, software);
    await device.live();
    await device.session();
    expect(device.updates.installed().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      campaign.bytes,
    ]);
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded' });
  });

  it('tells why it failed', async () => {
    const { device, campaign } = await prepare({ encoding });
    device.updates.misbehave({ results: { downloadandupdate: 404 } });
    await device.live();
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'failed' });
  });

  it('gets the same answer to the same message', async () => {
    const { device } = await prepare({ encoding });
    const { messages, ended } = await device.session({ faults: { repeats: 3 } });
    expect(ended).toBe('done');
    const [first, second] = messages.filter(({ sentBytes }) => sentBytes === messages[2]?.sentBytes);
    expect(first).toBeDefined();
    expect(second?.answerBytes).toEqual(first?.answerBytes);
  });
});

describe('a device of its own making', () => {
  it.each(['basic', 'md5', 'hmac'] as const)('is believed, and believes, by %s', async (scheme) => {
    const { device, campaign } = await prepare({
      account: { scheme, user: 'd1', password: 'a-password-of-sixteen' },
      serverAccount: {
        scheme: scheme === 'basic' ? 'md5' : scheme,
        user: 'muster',
        password: SERVER_PASSWORD,
      },
    });
    await device.live();
    device.forgetNonce('ours');
    device.forgetNonce('theirs');
    expect(await device.session()).toMatchObject({ ended: 'done' });
    expect(await campaign.update('d1')).toMatchObject({ outcome: 'succeeded' });
  });

  it('is found out when it keeps its version', async () => {
    const { device, campaign } = await prepare();
    device.updates.misbehave({ keepsVersion: true });
    await device.live();
    await device.session();
    expect(await campaign.update('d1')).toMatchObject({ reason: 'version-mismatch' });
  });
});
