import { describe, expect, it } from 'vitest';
import { deviceKeys, openDtlsHouse, place, settle } from './support/dtls-house.ts';

const here = place(4001);
const cid = Uint8Array.of(9, 8, 7);
const text = (data: string): Uint8Array => Buffer.from(data);
const DECRYPT_ERROR = 51;
const NO_RENEGOTIATION = 100;
const CLOSE_NOTIFY = 0;

describe.each([
  ['without connection ids', {}],
  ['with a connection id to the server only', { cid: new Uint8Array(0) }],
  ['with connection ids both ways', { cid }],
  ['without the extended master secret', { extendedMasterSecret: false }],
])('a device %s', (_, options) => {
  it('shakes hands, and what both say arrives under its identity', async () => {
    const house = await openDtlsHouse();
    const device = await house.connected(here, options);
    house.arrive(here, device.seal(text('hello')));
    const [first] = house.heard;
    expect(first).toMatchObject({ text: 'hello', from: { ...here, identity: 'dev1' } });
    house.transport.send(first?.from ?? { key: '' }, text('hello device'));
    expect(device.received.map(String)).toEqual(['hello device']);
  });

  it('gets each record through once, in any order', async () => {
    const house = await openDtlsHouse();
    const device = await house.connected(here, options);
    const records = ['a', 'b', 'c', 'd'].map((data) => device.seal(text(data)));
    const reordered = [2, 0, 3, 1, 2, 0, 1, 3].map((at) => records[at] ?? text(''));
    for (const record of reordered) house.arrive(here, record);
    expect(house.heard.map((one) => one.text)).toEqual(['c', 'a', 'd', 'b']);
  });

  it('is heard whose hello and proof come in pieces of 64 bytes, the proof in any order and twice', async () => {
    let flights = 0;
    const shuffle = (flight: readonly Buffer[]): readonly Buffer[] => {
      flights += 1;
      // The first piece of the hello carries the cookie: nothing is remembered before it.
      return flights < 3 ? flight : [...flight.toReversed(), ...flight];
    };
    const house = await openDtlsHouse();
    const device = house.client(here, { ...options, pieces: 64, shuffle });
    device.start();
    await settle();
    expect(device.isConnected()).toBe(true);
  });

  it('says goodbye, and is answered', async () => {
    const house = await openDtlsHouse();
    const device = await house.connected(here, options);
    house.arrive(here, device.seal(Uint8Array.of(1, CLOSE_NOTIFY), { type: 21 }));
    expect(device.alerts).toEqual([CLOSE_NOTIFY]);
    expect(house.gone).toHaveLength(1);
    house.arrive(here, device.seal(text('too late')));
    expect(house.heard).toEqual([]);
  });

  it('is told when the server closes', async () => {
    const house = await openDtlsHouse();
    const device = await house.connected(here, options);
    await house.transport.close();
    expect(device.alerts).toEqual([CLOSE_NOTIFY]);
  });
});

it('sends nothing before the cookie that is larger than the hello', async () => {
  const house = await openDtlsHouse();
  const device = house.client(here, { loses: () => true });
  device.start();
  const [[hello] = []] = device.flights;
  expect(house.sent).toHaveLength(1);
  expect(house.sent[0]?.datagram.length).toBeLessThan(hello?.length ?? 0);
});

it('sends its hello again after 1, 2 and 4 seconds, and forgets the device after 90', async () => {
  const house = await openDtlsHouse();
  const device = house.client(here, { loses: (datagram) => datagram[13] !== 3 });
  device.start();
  const sent = [900, 200, 1700, 300, 3700, 300].map((ms) => {
    house.forgetSent();
    house.pass(ms);
    return house.sent.length;
  });
  expect(sent).toEqual([0, 1, 0, 1, 0, 1]);
  house.pass(90_000);
  house.forgetSent();
  house.pass(120_000);
  expect(house.sent).toEqual([]);
});

it('answers a hello that came again with its flight, but not without end', async () => {
  const house = await openDtlsHouse();
  const device = house.client(here, { loses: (datagram) => datagram[13] !== 3 });
  device.start();
  const hello = device.flights[1]?.[0] ?? text('');
  house.forgetSent();
  for (let count = 0; count < 100; count += 1) house.arrive(here, hello);
  expect(house.sent).toHaveLength(8);
});

it('answers a Finished that came again with its own, until the device sends data', async () => {
  const house = await openDtlsHouse();
  const device = await house.connected(here);
  const before = device.finals();
  const again = device.flights[2]?.[0];
  // As a device does that did not hear: the same message in a new record.
  const repeat = (): void => house.arrive(here, sealedAgain(device));
  repeat();
  expect(device.finals()).toBe(before + 1);
  house.arrive(here, again ?? text(''));
  expect(device.finals()).toBe(before + 1);
  house.arrive(here, device.seal(text('data')));
  repeat();
  expect(device.finals()).toBe(before + 1);
});

/** Only the type of the message counts once the handshake is done. */
const sealedAgain = (device: { readonly seal: (data: Uint8Array, options: { type: number }) => Buffer }) =>
  device.seal(Uint8Array.of(20, 0, 0, 12, 0, 3, 0, 0, 0, 0, 0, 12, ...new Uint8Array(12)), { type: 22 });

it('begins no second handshake inside an association', async () => {
  const house = await openDtlsHouse();
  const device = await house.connected(here);
  const hello = Uint8Array.of(1, 0, 0, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0);
  house.arrive(here, device.seal(hello, { type: 22 }));
  expect(device.alerts).toEqual([NO_RENEGOTIATION]);
  house.arrive(here, device.seal(text('still here')));
  expect(house.heard).toHaveLength(1);
});

it('tells a wrong key and an unknown identity apart by nothing that it sends', async () => {
  const answers = async (identity: string, key: Uint8Array) => {
    const house = await openDtlsHouse();
    const device = house.client(here, { identity, key });
    device.start();
    await settle();
    return { alerts: device.alerts, lengths: house.sent.map(({ datagram }) => datagram.length) };
  };
  const wrong = await answers('dev1', text('not that key'));
  expect(wrong.alerts).toEqual([DECRYPT_ERROR]);
  expect(await answers('nobody', text('not that key'))).toEqual(wrong);
  expect(await answers('', text('not that key'))).toEqual(wrong);
});

it('does the same work for an unknown identity as for a known one', async () => {
  const asked: string[] = [];
  const house = await openDtlsHouse({
    findKey: async (identity) => {
      asked.push(identity);
      return undefined;
    },
  });
  house.client(here, { identity: 'nobody' }).start();
  await settle();
  expect(asked).toEqual(['nobody']);
});

it('is not disturbed by what others say in the clear in the name of a device, before and after it named itself', async () => {
  const found = Promise.withResolvers<Uint8Array | undefined>();
  const house = await openDtlsHouse({ findKey: () => found.promise });
  const finished = Buffer.of(20, 0, 0, 99, 0, 3, 0, 0, 0, 0, 0, 1, 0);
  const spoofed = Buffer.of(22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, finished.length, ...finished);
  const device = house.client(here, { shuffle: (flight) => [spoofed, ...flight] });
  device.start();
  house.arrive(here, spoofed);
  found.resolve(deviceKeys.get('dev1'));
  await settle();
  house.arrive(here, spoofed);
  expect(device.isConnected()).toBe(true);
});

it('tells a device of a wrong key once, however often it tries that key', async () => {
  const house = await openDtlsHouse();
  const device = house.client(here, { key: text('not that key') });
  device.start();
  await settle();
  for (let count = 0; count < 5; count += 1) house.arrive(here, device.flights[2]?.[0] ?? text(''));
  expect(device.alerts).toEqual([DECRYPT_ERROR]);
});

it('waits for a key that takes long to find, and hears data that comes before its proof', async () => {
  const found = Promise.withResolvers<Uint8Array | undefined>();
  const house = await openDtlsHouse({ findKey: () => found.promise });
  const device = house.client(here);
  device.start();
  house.arrive(here, device.seal(text('early')));
  house.pass(5000);
  expect(house.heard).toEqual([]);
  found.resolve(deviceKeys.get('dev1'));
  await settle();
  expect(device.isConnected()).toBe(true);
  expect(house.heard.map((one) => one.text)).toEqual(['early']);
});

it('tells a device nothing when its key cannot be looked up, and hears it when it tries again', async () => {
  let isDown = true;
  const house = await openDtlsHouse({
    findKey: async (identity) => {
      if (isDown) throw new Error('the store is away');
      return deviceKeys.get(identity);
    },
  });
  const first = house.client(here);
  first.start();
  await settle();
  expect(first.alerts).toEqual([]);
  expect(house.troubles).toHaveLength(1);
  isDown = false;
  expect((await house.connected(here)).isConnected()).toBe(true);
});
