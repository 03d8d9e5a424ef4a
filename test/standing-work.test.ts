import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { issueCredential } from '../src/app/credentials.ts';
import type { Store } from '../src/app/ports.ts';
import { openMemoryBlobs } from '../src/blobs/memory.ts';
import { configFromEnv } from '../src/server/config.ts';
import { readEnv } from '../src/server/env.ts';
import { startServer } from '../src/server/server.ts';
import { openMemory } from '../src/store/memory.ts';
import { must } from './contract/store/world.ts';
import { quickHashing } from './support/api.ts';
import { granted } from './support/fleet.ts';
import { ada, sampleDevice } from './support/samples.ts';

const secret = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

/** A server over a store that is looked into once it has stopped, and a device that can get in. */
const start = async (store: Store) => {
  const env = { MUSTER_PORT: '0', MUSTER_ADMIN_PASSWORD: 'correct horse battery' };
  const overrides = { store, blobs: openMemoryBlobs(), hashing: quickHashing };
  const server = await startServer(
    configFromEnv(readEnv(env)),
    pino({ level: 'silent' }),
    () => undefined,
    overrides,
  );
  const account = must(await store.accounts.find('DEFAULT'));
  const device = sampleDevice();
  await store.commit({ account: account.key, writes: [{ save: 'device', value: device }], events: [] });
  const caller = { account, actor: ada, permissions: new Set<never>() };
  granted(await issueCredential(server.context, caller, device.id, { expiresAt: null, secret }));
  const poll = () =>
    fetch(`${server.url}/DEFAULT/controller/v1/${device.id}`, {
      headers: { authorization: `TargetToken ${secret}` },
    });
  const lastSeen = async () => must(await store.devices.find(account.key, device.id)).lastSeenAt;
  return { server, poll, lastSeen };
};

describe('a server that stops', () => {
  it('writes down when devices were last seen, before it lets go of the store', async () => {
    const store = openMemory();
    const done: string[] = [];
    const noting: Store = {
      ...store,
      devices: {
        ...store.devices,
        touch: async (...seen) => {
          done.push('touch');
          await store.devices.touch(...seen);
        },
      },
      close: async () => {
        done.push('close');
      },
    };
    const { server, poll, lastSeen } = await start(noting);
    const before = Date.now();
    expect((await poll()).status).toBe(200);
    expect(await lastSeen()).toBe(0);
    await server.stop();
    expect(await lastSeen()).toBeGreaterThanOrEqual(before);
    expect(done).toEqual(['touch', 'close']);
  });

  it('lets go of the store also when that cannot be written', async () => {
    const store = openMemory();
    let closed = false;
    const full: Store = {
      ...store,
      devices: {
        ...store.devices,
        touch: async () => {
          throw new Error('the disk is full');
        },
      },
      close: async () => {
        closed = true;
      },
    };
    const { server, poll } = await start(full);
    await poll();
    await expect(server.stop()).rejects.toThrow('the disk is full');
    expect(closed).toBe(true);
  });
});
