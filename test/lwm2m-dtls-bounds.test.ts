import { describe, expect, it } from 'vitest';
import { deviceKeys, openDtlsHouse, place, settle } from './support/dtls-house.ts';

const here = place(4001);
const text = (data: string): Uint8Array => Buffer.from(data);
const CLOSE_NOTIFY = 0;

describe('keys that are not valid any more', () => {
  it('end the association within the hour after which they are looked up again', async () => {
    const keys = new Map(deviceKeys);
    const house = await openDtlsHouse({ findKey: async (identity) => keys.get(identity) });
    const device = await house.connected(here);
    keys.delete('dev1');
    house.pass(59 * 60_000);
    house.arrive(here, device.seal(text('a')));
    await settle();
    expect(house.gone).toEqual([]);
    house.pass(60_000);
    house.arrive(here, device.seal(text('b')));
    await settle();
    expect(house.gone).toHaveLength(1);
    expect(device.alerts).toEqual([CLOSE_NOTIFY]);
  });
});

describe('bounds', () => {
  it('forget the device that was quiet longest', async () => {
    const key = deviceKeys.get('dev1') ?? text('');
    const house = await openDtlsHouse({ limits: { associations: 3 }, findKey: async () => key });
    const join = (at: number) => house.connected(place(at), { identity: `d${at}`, key });
    const first = await join(1);
    await join(2);
    await join(3);
    house.pass(120_000);
    house.arrive(place(1), first.seal(text('here')));
    await join(4);
    house.arrive(place(1), first.seal(text('still here')));
    expect(house.heard).toHaveLength(2);
    expect(house.gone).toHaveLength(1);
  });

  it('drop hellos while too many handshakes are under way, until those are given up', async () => {
    const house = await openDtlsHouse({ limits: { handshakes: 2 } });
    const silent = (datagram: Uint8Array) => datagram[13] !== 3;
    house.client(place(1), { loses: silent }).start();
    house.client(place(2), { loses: silent }).start();
    const third = house.client(place(3));
    third.start();
    await settle();
    expect(third.isConnected()).toBe(false);
    house.pass(91_000);
    await house.connected(place(4));
  });

  it('let a network begin so many handshakes, and fewer with wrong keys', async () => {
    const limits = { rate: { perSecond: 1, burst: 20 } };
    const house = await openDtlsHouse({ limits });
    const tries = Array.from({ length: 30 }, (_, at) => house.client(place(at), { key: text('wrong') }));
    for (const one of tries) {
      one.start();
      await settle();
    }
    const refused = tries.filter(({ alerts }) => alerts.length > 0).length;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(6);
    expect((await house.connected(place(1, '198.51.100.1'))).isConnected()).toBe(true);
    house.pass(60_000);
    await house.connected(place(2));
  });

  it('forget a device after a week of silence', async () => {
    const house = await openDtlsHouse();
    const device = await house.connected(here);
    house.pass(7 * 86_400_000 + 1000);
    expect(house.gone).toHaveLength(1);
    house.arrive(here, device.seal(text('back')));
    expect(house.heard).toEqual([]);
  });
});
