import { describe, expect, it } from 'vitest';
import { deviceKeys, openDtlsHouse, place, settle } from './support/dtls-house.ts';

const here = place(4001);
const cid = Uint8Array.of(9, 8, 7);
const text = (data: string): Uint8Array => Buffer.from(data);

describe('a device that moves', () => {
  const there = place(9009, '198.51.100.7');

  it('is followed when it uses a connection id, and answered where it is', async () => {
    const house = await openDtlsHouse();
    const device = await house.connected(here, { cid });
    house.lead(there, device);
    house.arrive(there, device.seal(text('moved')));
    const [moved] = house.heard;
    expect(moved?.from).toMatchObject(there);
    house.forgetSent();
    house.transport.send(moved?.from ?? { key: '' }, text('welcome'));
    expect(house.sent.map(({ to }) => to)).toEqual(['198.51.100.7 9009']);
    expect(device.received.map(String)).toEqual(['welcome']);
    expect(house.gone).toEqual([]);
  });

  it('is not moved by an old record, by a replay or by a forgery from elsewhere', async () => {
    const house = await openDtlsHouse();
    const device = await house.connected(here, { cid });
    const [old, next] = [device.seal(text('old')), device.seal(text('next'))];
    house.arrive(here, next);
    house.arrive(there, next);
    const forged = Buffer.from(device.seal(text('forged')));
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    house.arrive(there, forged);
    house.arrive(there, old);
    house.forgetSent();
    house.transport.send(house.heard[0]?.from ?? { key: '' }, text('where are you'));
    expect(house.sent.map(({ to }) => to)).toEqual(['192.0.2.1 4001']);
    expect(house.heard.map((one) => one.text)).toEqual(['next', 'old']);
  });

  it('is not heard without a connection id, and may shake hands again', async () => {
    const house = await openDtlsHouse();
    const device = await house.connected(here);
    house.arrive(there, device.seal(text('moved')));
    expect(house.heard).toEqual([]);
    const again = await house.connected(there);
    house.arrive(there, again.seal(text('here')));
    expect(house.heard.map((one) => one.text)).toEqual(['here']);
  });
});

describe('a device with more than one association', () => {
  it('is heard on all of them, as one that downloads from another port', async () => {
    const house = await openDtlsHouse();
    const registered = await house.connected(here);
    const downloads = await house.connected(place(4002));
    house.arrive(here, registered.seal(text('one')));
    house.arrive(place(4002), downloads.seal(text('two')));
    expect(house.heard.map((one) => one.text)).toEqual(['one', 'two']);
    expect(house.gone).toEqual([]);
  });

  it('loses the one that was quiet for longest when it has too many', async () => {
    const house = await openDtlsHouse();
    const registered = await house.connected(here);
    await house.connected(place(4002));
    await house.connected(place(4003));
    await house.connected(place(4004));
    house.pass(120_000);
    house.arrive(here, registered.seal(text('one')));
    await house.connected(place(4005));
    house.arrive(here, registered.seal(text('two')));
    expect(house.heard.map((one) => one.text)).toEqual(['one', 'two']);
    expect(house.gone).toHaveLength(1);
  });
});

describe('a device that shakes hands again', () => {
  it('keeps its association until the new handshake is done', async () => {
    const house = await openDtlsHouse();
    const before = await house.connected(here);
    const pretender = house.client(here, { key: text('wrong') });
    pretender.start();
    await settle();
    expect(house.gone).toEqual([]);
    house.arrive(here, before.seal(text('still me')));
    expect(house.heard.map((one) => one.text)).toEqual(['still me']);
    const after = await house.connected(here);
    expect(house.gone).toEqual([house.heard[0]?.from.key]);
    house.arrive(here, after.seal(text('new me')));
    expect(house.heard).toHaveLength(2);
  });

  it('while its key is being looked up is heard by the newer handshake only', async () => {
    const found = Promise.withResolvers<Uint8Array | undefined>();
    const house = await openDtlsHouse({ findKey: () => found.promise });
    const [before, after] = [house.client(here), house.client(here)];
    house.lead(here, before);
    before.start();
    house.lead(here, after);
    after.start();
    house.forgetSent();
    found.resolve(deviceKeys.get('dev1'));
    await settle();
    expect([before.isConnected(), after.isConnected()]).toEqual([false, true]);
    expect(house.sent).toHaveLength(1);
    expect(house.gone).toEqual([]);
  });

  it('takes the address of another device over', async () => {
    const house = await openDtlsHouse();
    await house.connected(here);
    const other = await house.connected(here, { identity: 'dev2' });
    expect(house.gone).toHaveLength(1);
    house.arrive(here, other.seal(text('mine now')));
    expect(house.heard[0]?.from.identity).toBe('dev2');
  });

  it('does not end that of another with a connection id at the same address', async () => {
    const house = await openDtlsHouse();
    const one = await house.connected(here, { cid });
    const other = await house.connected(here, { identity: 'dev2', cid });
    expect(house.gone).toEqual([]);
    house.arrive(here, one.seal(text('one')));
    house.arrive(here, other.seal(text('other')));
    expect(house.heard.map(({ from }) => from.identity)).toEqual(['dev1', 'dev2']);
  });
});

it('hears a device that agreed on a connection id only with it', async () => {
  const house = await openDtlsHouse();
  const device = await house.connected(here, { cid });
  const record = device.seal(text('x'));
  const without = Buffer.concat([Uint8Array.of(23), record.subarray(1, 11), record.subarray(17)]);
  house.arrive(here, without);
  expect(house.heard).toEqual([]);
});
