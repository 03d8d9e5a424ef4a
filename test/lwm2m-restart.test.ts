import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Store } from '../src/app/ports.ts';
import { configFromEnv } from '../src/server/config.ts';
import { readEnv } from '../src/server/env.ts';
import { type Server, startServer } from '../src/server/server.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { freePort } from './support/free-port.ts';
import { createSimulatedDevice } from './support/lwm2m-device.ts';
import { admin, operate } from './support/lwm2m-server.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-lwm2m-restart-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const start = (port: number, store: Store): Promise<Server> => {
  const config = configFromEnv(
    readEnv({
      ...{ MUSTER_PORT: '0', MUSTER_DATA: directory, MUSTER_ADMIN_PASSWORD: admin.password },
      ...{ MUSTER_LWM2M_COAP: `127.0.0.1:${port}`, MUSTER_LWM2M_PUBLIC_HOST: '127.0.0.1' },
    }),
  );
  return startServer(config, pino({ level: 'silent' }), () => undefined, { store });
};

/** Whoever is looked for by name is found once all that an earlier process left has been taken in. */
const slowToFind = (store: Store): Store => {
  const listed = Promise.withResolvers<void>();
  const { protocolSessions } = store;
  return {
    ...store,
    protocolSessions: {
      ...protocolSessions,
      list: async (...args) => {
        const page = await protocolSessions.list(...args);
        if (args[0] === 'lwm2m') setTimeout(listed.resolve, 50);
        return page;
      },
      findByName: async (...args) => {
        const found = await protocolSessions.findByName(...args);
        await listed.promise;
        return found;
      },
    },
  };
};

it('a device that updates its registration while it is taken in from the store after a start is known', async () => {
  const port = await freePort();
  const file = join(directory, 'muster.db');
  const first = await start(port, await openSqlite(file));
  await (await operate(first.url)).device('d1');
  const server = { host: '127.0.0.1', port };
  const device = createSimulatedDevice({ server, endpoint: 'd1', enabler: '1.1', firmware: '1.0' });
  try {
    await device.start();
    await first.stop();
    const opened = slowToFind(await openSqlite(file));
    const gate = Promise.withResolvers<void>();
    const { list } = opened.protocolSessions;
    // The device is asked for before anything is taken in.
    const late: Store = {
      ...opened,
      protocolSessions: {
        ...opened.protocolSessions,
        list: async (...args) => {
          await gate.promise;
          return list(...args);
        },
      },
    };
    const second = await start(port, late);
    const updated = device.update();
    setTimeout(gate.resolve, 200);
    expect((await updated).code).toBe('2.04');
    await second.stop();
  } finally {
    device.stop();
  }
});
