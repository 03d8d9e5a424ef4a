import { describe, expect, it } from 'vitest';
import { endingOf } from '../fate.ts';
import { fleetImage } from '../image.ts';
import { faultProfiles, readMix } from '../profile.ts';
import { type FleetPlan, traitsOf, usualHabits } from '../traits.ts';
import type { VirtualDevice, World } from '../world.ts';
import type { DeviceNetwork, DeviceReply, NetworkOptions } from './lwm2m/network.ts';
import { lwm2mDevices } from './lwm2m.ts';

const VERSION = '2.0';
const plan: FleetPlan = {
  ...{
    seed: 1,
    devices: 200,
    mix: readMix('lwm2m=1'),
    habits: usualHabits,
    versions: { '1.0': 1 },
    prefix: 'd',
  },
  faults: { ...faultProfiles.none, installFails: 0.5 },
};
const endsOf = (index: number, attempt: number) =>
  endingOf(plan, index, traitsOf(plan, index), VERSION, attempt);
/** Its first attempt at the version fails, its second does not. */
const unlucky = Array.from({ length: plan.devices }, (_, index) => index).find(
  (index) => endsOf(index, 0) === 'install-fails' && endsOf(index, 1) === 'succeeds',
);

/** A server by hand, for the device that is on its network, and timers that it lets end. */
const createHand = () => {
  const timers = new Set<() => void>();
  let life: NetworkOptions | undefined;
  const network: DeviceNetwork = {
    port: 5_683,
    ask: async () => ({ code: '2.01', location: ['rd', '1'], payload: Buffer.alloc(0) }),
    mute: () => undefined,
    close: () => undefined,
  };
  const request = { query: '', accept: undefined, observe: undefined };
  return {
    means: {
      open: async (options: NetworkOptions) => {
        life = options;
        return network;
      },
      later: (_milliseconds: number, run: () => void) => {
        timers.add(run);
        return () => void timers.delete(run);
      },
    },
    ask: (method: string, path: string, payload: Buffer = Buffer.alloc(0)): string => {
      let answered: DeviceReply | undefined;
      life?.answer({ ...request, method, path, payload }, '01', (reply) => {
        answered = reply;
        reply.after?.();
      });
      return answered?.code ?? 'silence';
    },
    /** All that waits for its time, and what that leads to at once. */
    letTimePass: async () => {
      const due = [...timers];
      timers.clear();
      for (const run of due) run();
      await new Promise(setImmediate);
    },
  };
};

const deviceAt = (index: number): VirtualDevice => ({
  ...{ index, runs: '1.0', told: '', contacts: 0, attempts: undefined, job: undefined },
});

const noHttp = () => Promise.reject(new Error('nothing goes over HTTP here'));

const worldOf = (device: VirtualDevice): World => ({
  ...{ plan, server: '', account: '', now: () => 0, clock: () => 0, realTime: (simulated) => simulated },
  ...{ idOf: () => 'd', traitsOf: () => traitsOf(plan, device.index), secretOf: () => '' },
  ...{ breaks: () => false, tellsVersions: false },
  http: { call: noHttp, stream: noHttp, close: async () => undefined },
});

describe('a simulated device of LwM2M', () => {
  it('makes an attempt each time that it installs, though it is brought the package once', async () => {
    const device = deviceAt(unlucky ?? -1);
    const hand = createHand();
    const devices = lwm2mDevices(worldOf(device), { host: 'muster.example', port: 5_683 }, hand.means);
    await devices.step(device);
    expect(hand.ask('PUT', '/5/0/0', fleetImage(VERSION, 100))).toBe('2.04');
    expect(hand.ask('POST', '/5/0/2')).toBe('2.04');
    await hand.letTimePass();
    expect(device.attempts).toMatchObject([{ outcome: 'failed', why: 'install-fails', version: VERSION }]);

    expect(hand.ask('POST', '/5/0/2')).toBe('2.04');
    await hand.letTimePass();
    await hand.letTimePass();
    const [first, second, ...others] = device.attempts ?? [];
    expect(others).toEqual([]);
    expect(second).toMatchObject({ outcome: 'succeeded', version: VERSION, sha256: first?.sha256, bytes: 0 });
    expect(device.runs).toBe(VERSION);
    await devices.stop();
  });

  it('makes another attempt where something else is brought to it before it was told to install', async () => {
    const device = deviceAt(unlucky ?? -1);
    const hand = createHand();
    const devices = lwm2mDevices(worldOf(device), { host: 'muster.example', port: 5_683 }, hand.means);
    await devices.step(device);
    hand.ask('PUT', '/5/0/0', fleetImage('1.5', 100));
    hand.ask('PUT', '/5/0/0');
    hand.ask('PUT', '/5/0/0', fleetImage(VERSION, 100));
    expect(device.attempts).toMatchObject([
      { outcome: 'cancelled', version: '1.5' },
      { outcome: 'under-way', version: VERSION },
    ]);
    await devices.stop();
  });
});
