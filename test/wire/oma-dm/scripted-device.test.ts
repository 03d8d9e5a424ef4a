import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDmDevice, type DmDeviceOptions } from '../../support/dm-device.ts';
import { freePort } from '../../support/free-port.ts';
import { type DmHouse, SERVER_PASSWORD, startDmHouse } from '../../support/oma-dm-talk.ts';

let house: DmHouse;
let url = '';
let made = 0;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  house = await startDmHouse({ MUSTER_PUBLIC_URL: url });
  await house.api.http.listen({ host: '127.0.0.1', port });
});
afterAll(() => house.api.close());

/** A device of its own for each test, which waits for firmware 2.0. */
const prepare = async (
  options: Partial<DmDeviceOptions> = {},
  profile: object = {},
  { packages, ...pack }: { readonly packages?: readonly string[]; readonly kind?: string } = {},
) => {
  made += 1;
  const { id, user, password } = await house.device(`d${made}`, profile);
  const campaign = await house.campaign([id], packages === undefined ? {} : { packages }, pack);
  const { account, ...others } = options;
  const device = createDmDevice({
    ...{ server: `${url}/dm/DEFAULT`, id },
    account: { scheme: 'md5', ...account, user, password },
    ...{ serverAccount: { scheme: 'md5', user: 'muster', password: SERVER_PASSWORD } },
    ...{ fumo: { root: './FUMO', has: 'one-step' }, becomes: '2.0', ...others },
  });
  return { device, update: () => campaign.update(id), image: campaign.bytes, id };
};

describe.each(['xml', 'wbxml'] as const)('a device of its own making, in %s over HTTP', (encoding) => {
  it.each(['one-step', 'two-steps', 'both'] as const)('updates its firmware: %s', async (has) => {
    const { device, update, image } = await prepare({ encoding, fumo: { root: './FUMO', has } });
    const logs = await device.live();
    expect(logs.map(({ ended }) => ended)).toEqual(logs.map(() => 'done'));
    expect(device.updates.installed().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([image]);
    await device.session();
    expect(await update()).toMatchObject({ outcome: 'succeeded' });
    expect(device.firmware()).toBe('2.0');
  });

  it('reads a descriptor, and tells of the installation by it', async () => {
    const { device, update } = await prepare({ encoding }, { attributes: { 'dm.descriptor': 'yes' } });
    await device.live();
    await device.session();
    expect(device.updates.installed()[0]?.notifyUri).toBeDefined();
    expect(await update()).toMatchObject({ outcome: 'succeeded' });
  });

  it('takes the image inside the session', async () => {
    const fumo = { root: './FUMO', has: 'in-band' } as const;
    const { device, update, image } = await prepare(
      { encoding, fumo },
      { attributes: { 'dm.mode': 'in-band' } },
    );
    await device.live();
    await device.session();
    expect(device.updates.installed().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([image]);
    expect(await update()).toMatchObject({ outcome: 'succeeded' });
  });

  it('takes a large image in chunks, and gives large results in chunks', async () => {
    const large = Buffer.from(Array.from({ length: 30_000 }, (_, at) => (at * 31) % 251));
    const query = `name=large-${encoding}&version=2.0&kind=firmware&fileName=large.bin`;
    const headers = { 'content-type': 'application/octet-stream' };
    const pack = await house.api.call('POST', `/packages?${query}`, { body: large, headers });
    const { device, update, id } = await prepare(
      { encoding, fumo: { root: './FUMO', has: 'in-band' }, maxMsgSize: 4_096, chunk: 500 },
      { attributes: { 'dm.mode': 'in-band' } },
      { packages: [pack.body.id] },
    );
    const said = 'software of many parts, '.repeat(90);
    device.tree.set('./DevDetail/SwV', said);
    const logs = await device.live();
    expect(logs.map(({ ended }) => ended)).toEqual(logs.map(() => 'done'));
    const messages = logs.flatMap((log) => log.messages);
    expect(Math.max(...messages.map(({ answerBytes }) => answerBytes.length))).toBeLessThanOrEqual(4_096);
    expect(messages.length).toBeGreaterThan(30_000 / 4_096 + said.length / 500);
    expect(device.updates.installed().map(({ bytes }) => Buffer.from(bytes).equals(large))).toEqual([true]);
    const { attributes } = (await house.api.call('GET', `/devices/${id}`)).body;
    expect(attributes['dm.SwV']).toBe(said.trim().slice(0, 256));
    await device.session();
    expect(await update()).toMatchObject({ outcome: 'succeeded' });
  });

  it('installs software', async () => {
    const software = { kind: 'software' };
    const { device, update, image } = await prepare({ encoding, scomo: './SCOMO' }, {}, software);
    await device.live();
    await device.session();
    expect(device.updates.installed().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([image]);
    expect(await update()).toMatchObject({ outcome: 'succeeded' });
  });

  it('tells why it failed', async () => {
    const { device, update } = await prepare({ encoding });
    device.updates.misbehave({ results: { downloadandupdate: 404 } });
    await device.live();
    expect(await update()).toMatchObject({ outcome: 'failed' });
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
    const { device, update } = await prepare({
      account: { scheme, user: '', password: '' },
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
    expect(await update()).toMatchObject({ outcome: 'succeeded' });
  });

  it('is found out when it keeps its version', async () => {
    const { device, update } = await prepare();
    device.updates.misbehave({ keepsVersion: true });
    await device.live();
    await device.session();
    expect(await update()).toMatchObject({ reason: 'version-mismatch' });
  });
});
