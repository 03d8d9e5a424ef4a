import { generate, type Option } from 'coap-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lwm2mServer, startLwm2mServer } from './support/lwm2m-server.ts';
import { type Asked, openScriptedDevice, type Said, type ScriptedDevice } from './support/scripted-device.ts';

let muster: Lwm2mServer;
const opened: ScriptedDevice[] = [];

beforeAll(async () => {
  muster = await startLwm2mServer();
});
afterAll(async () => {
  for (const device of opened) device.close();
  await muster?.stop();
});

const open = async (answer: (asked: Asked) => Said): Promise<ScriptedDevice> => {
  const device = await openScriptedDevice(muster.port, answer);
  opened.push(device);
  return device;
};

const registration = (id: number, query: readonly string[], links: string): Buffer => {
  const options: Option[] = [
    { name: 'Uri-Path', value: Buffer.from('rd') },
    { name: 'Content-Format', value: Buffer.of(40) },
    ...query.map((text) => ({ name: 'Uri-Query' as const, value: Buffer.from(text) })),
  ];
  const payload = Buffer.from(links);
  return generate({
    code: 'POST',
    confirmable: true,
    messageId: id,
    token: Buffer.from('0465'),
    options,
    payload,
  });
};

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');
const TLV = 11_542;
const SENML_CBOR = 112;
const NOT_FOUND: Said = { code: '4.04' };
const text = (value: string | number): Said => ({ code: '2.05', format: 0, payload: `${value}` });

/** What the server did to the firmware object, blocks once and reads of other things left out. */
const steps = ({ asked }: ScriptedDevice): readonly string[] =>
  asked.filter((line) => /^(PUT|POST) |observe=0/.test(line)).filter((line, at, all) => line !== all[at - 1]);

/** A client as it was recorded: its state machine is what changes, its answers are in its own formats. */
type Client = { state: number; result: number; version: string };

/** Wakaama 1.1, built without CBOR: TLV unless it is asked for text; state 1 when idle, no notifications. */
const wakaama = (client: Client) => {
  const single: Readonly<Record<string, () => string | number>> = {
    '/3/0/0': () => 'Open Mobile Alliance',
    '/3/0/3': () => client.version,
    '/5/0/3': () => client.state,
    '/5/0/5': () => client.result,
  };
  return ({ method, path, accept, observe }: Asked): Said => {
    if (method === 'PUT') return { code: path === '/5/0/0' ? '2.04' : '4.05' };
    if (path === '/5/0/2' && method === 'POST') {
      client.state = 2;
      return { code: '2.04' };
    }
    if (path === '/5/0' && accept === undefined) {
      const five = `c103 0${client.state} c105 0${client.result} c8060b 6c776d326d636c69656e74 c307312e30 8608 410000 410101 c10901`;
      return { code: '2.05', format: TLV, payload: hex(five) };
    }
    if (path === '/3/0' && accept === undefined) {
      const version = `c3 03 ${Buffer.from(client.version).toString('hex')}`;
      return {
        code: '2.05',
        format: TLV,
        payload: hex(`c80014 4f70656e204d6f62696c6520416c6c69616e6365 ${version}`),
      };
    }
    const value = single[path];
    if (accept !== undefined && value === undefined) return { code: '4.06' };
    return value === undefined ? NOT_FOUND : { ...text(value()), ...(observe === 0 && { observe: 0 }) };
  };
};

const WAKAAMA_LINKS =
  '</>;rt="oma.lwm2m";ct=110,</1>;ver=1.1,</1/0>,</2/0>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</31024>;ver=1.0,</31024/10>';
const imei = '351756051523999';
const wakaamaQuery = ['lwm2m=1.1', `ep=urn:imei:${imei}`, 'b=U', 'lt=60'];

describe('a device that answers as Wakaama does', () => {
  const client: Client = { state: 1, result: 0, version: '1.0' };

  it('is registered once though it asks three times, read, and updated though its state tells nothing', async () => {
    await muster.device(imei);
    const device = await open(wakaama(client));
    const datagram = registration(17_968, wakaamaQuery, WAKAAMA_LINKS);
    const first = await device.send(datagram);
    expect(first.code).toBe('2.01');
    // It sends again after 2 and 6 seconds, with the same id and token.
    const repeated = await device.send(datagram);
    expect(repeated.options).toEqual(first.options);
    await expect
      .poll(() => muster.call('GET', `/devices/${imei}`))
      .toMatchObject({ make: 'Open Mobile Alliance', versions: { firmware: '1.0' } });

    const pack = await muster.image({ version: '2.0', size: 9_500 }, { name: 'wakaama' });
    const campaign = await muster.campaign(pack, [imei]);
    await expect.poll(() => device.asked, { timeout: 10_000 }).toContain('POST /5/0/2');
    // It says nothing of what comes of it: it comes back, with its state as ever.
    Object.assign(client, { state: 1, result: 1, version: '2.0' });
    device.forget();
    expect((await device.send(registration(17_980, wakaamaQuery, WAKAAMA_LINKS))).code).toBe('2.01');
    expect(await muster.ended(campaign, imei)).toMatchObject({ outcome: 'succeeded' });
    expect(steps(device).filter((line) => !line.startsWith('PUT /5/0/1'))).toEqual(
      expect.arrayContaining(['GET /5/0/3 observe=0', 'PUT /5/0/0 block', 'POST /5/0/2']),
    );
    expect(device.asked.filter((line) => line === 'PUT /5/0/0 block')).toHaveLength(10);
    expect(device.asked.filter((line) => line === 'POST /5/0/2')).toHaveLength(1);
  });
});

/** Anjay 3.14, enabler 1.2: SenML CBOR of instances, text of resources. */
const anjay = (client: Client, took: (path: string) => void) => {
  /** One record for each value, as `[{-2: path, 2: value}]`. */
  const record = (path: string, value: string): string =>
    `a2 21 ${(0x60 + path.length).toString(16)} ${Buffer.from(path).toString('hex')} ${value}`;
  const integer = (path: string, value: number): string => record(path, `02 0${value}`);
  const string = (path: string, value: string): string =>
    record(path, `03 ${(0x60 + value.length).toString(16)} ${Buffer.from(value).toString('hex')}`);
  return ({ method, path, accept, observe }: Asked): Said => {
    if (method !== 'GET') {
      took(path);
      return { code: '2.04' };
    }
    if (accept === 0 && /^\/\d+\/\d+$/.test(path)) return { code: '4.06' };
    if (path === '/5/0') {
      const values = [
        integer('/5/0/3', client.state),
        integer('/5/0/5', client.result),
        integer('/5/0/8/0', 0),
        integer('/5/0/9', 1),
      ];
      return { code: '2.05', format: SENML_CBOR, payload: hex(`84 ${values.join('')}`) };
    }
    if (path === '/3/0') {
      const values = [string('/3/0/0', '0023C7'), string('/3/0/3', client.version)];
      return { code: '2.05', format: SENML_CBOR, payload: hex(`82 ${values.join('')}`) };
    }
    const singles: Readonly<Record<string, string | number>> = {
      '/3/0/3': client.version,
      '/5/0/3': client.state,
      '/5/0/5': client.result,
    };
    const value = singles[path];
    return value === undefined ? NOT_FOUND : { ...text(value), ...(observe === 0 && { observe: 0 }) };
  };
};

const ANJAY_LINKS =
  '</1/1>,</2>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</9/0>,</9/1>,</10>;ver=1.1,</10/0>,</11>';

describe('a device that answers as Anjay does', () => {
  const begin = async (id: string, react: (client: Client, device: ScriptedDevice, path: string) => void) => {
    const client: Client = { state: 0, result: 0, version: '1.0' };
    await muster.device(id);
    const device: ScriptedDevice = await open(
      anjay(client, (path) => setImmediate(() => react(client, device, path))),
    );
    const register = () =>
      device.send(
        registration(4_000 + device.asked.length, ['lwm2m=1.2', `ep=${id}`, 'lt=86400'], ANJAY_LINKS),
      );
    expect((await register()).code).toBe('2.01');
    const campaign = await muster.campaign(await muster.image({ version: '2.0' }, { name: id }), [id]);
    return { client, device, register, campaign };
  };

  it('is followed by notifications that nobody confirms, and by its registration after the restart', async () => {
    const executed = Promise.withResolvers<void>();
    const { client, device, register, campaign } = await begin('anjay-good', (own, to, path) => {
      own.state = path === '/5/0/2' ? 3 : 2;
      to.notify('/5/0/3', `${own.state}`);
      if (path === '/5/0/2') executed.resolve();
    });
    await executed.promise;
    device.forget();
    Object.assign(client, { state: 0, result: 1, version: '2.0' });
    expect((await register()).code).toBe('2.01');
    expect(await muster.ended(campaign, 'anjay-good')).toMatchObject({ outcome: 'succeeded' });
    expect(steps(device).slice(0, 4)).toEqual([
      'GET /5/0/3 observe=0',
      'GET /5/0/5 observe=0',
      'PUT /5/0/0 block',
      'POST /5/0/2',
    ]);
  });

  it('is observed anew after each registration, also while it installs', async () => {
    const executed = Promise.withResolvers<void>();
    const { client, device, register, campaign } = await begin('anjay-restless', (own, to, path) => {
      own.state = path === '/5/0/2' ? 3 : 2;
      to.notify('/5/0/3', `${own.state}`);
      if (path === '/5/0/2') executed.resolve();
    });
    await executed.promise;
    device.forget();
    expect((await register()).code).toBe('2.01');
    const observations = () => device.asked.filter((line) => line === 'GET /5/0/3 observe=0');
    await expect.poll(observations).toHaveLength(2);
    Object.assign(client, { state: 0, result: 1, version: '2.0' });
    device.notify('/5/0/3', '0');
    expect(await muster.ended(campaign, 'anjay-restless')).toMatchObject({ outcome: 'succeeded' });
    expect(device.asked.filter((line) => line === 'POST /5/0/2')).toHaveLength(1);
  });

  it('is not believed by its answer to the last block, but by the result that follows', async () => {
    const { campaign } = await begin('anjay-corrupt', (own, to) => {
      own.result = 5;
      to.notify('/5/0/5', '5');
    });
    expect(await muster.ended(campaign, 'anjay-corrupt')).toMatchObject({
      outcome: 'failed',
      reason: 'checksum-mismatch',
    });
  });

  it('whose installer fails falls back to state 2 with result 8', async () => {
    const { campaign } = await begin('anjay-refuses', (own, to, path) => {
      own.state = 2;
      if (path === '/5/0/2') {
        to.notify('/5/0/3', '3');
        own.result = 8;
        to.notify('/5/0/5', '8');
      }
      to.notify('/5/0/3', '2');
    });
    expect(await muster.ended(campaign, 'anjay-refuses')).toMatchObject({
      outcome: 'failed',
      reason: 'install-failed',
    });
  });
});
