import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { createSimulatedDevice, type DeviceOptions, type DeviceView } from './lwm2m-device.ts';
import { ended, seen, startLwm2mProcess } from './lwm2m-processes.ts';
import { operate } from './lwm2m-server.ts';
import { openDtlsTunnel, openTlsTunnel, type Tunnel, type TunnelKey } from './secure-tunnel.ts';

/** An update during which the server dies as in a power cut. */
export type Crash = {
  /** When it dies, by what its device looks like, and so many milliseconds later. */
  readonly at: (view: DeviceView) => boolean;
  readonly after?: number;
  readonly kind?: 'firmware' | 'software';
  readonly scheme?: 'coap' | 'coaps' | 'coaps+tcp';
  /** Of resource 9: 0 pull, 1 push. */
  readonly delivery?: number;
  readonly size?: number;
  /** Where it keeps what it knows, unless in a file of SQLite. */
  readonly databaseUrl?: string;
};

const listenerOf = {
  coap: 'MUSTER_LWM2M_COAP',
  coaps: 'MUSTER_LWM2M_COAPS',
  'coaps+tcp': 'MUSTER_LWM2M_COAPS_TCP',
} as const;
const tunnelOf = { coaps: openDtlsTunnel, 'coaps+tcp': openTlsTunnel } as const;

const HOST = '127.0.0.1';
const REBOOT_MS = 601;

/** The way to the server: as it is, or by one tunnel after the other, since none outlives the process at its end. */
const openWay = async (scheme: NonNullable<Crash['scheme']>, port: number, key: () => Promise<TunnelKey>) => {
  const tunnels: Tunnel[] = [];
  const known = scheme === 'coap' ? undefined : { open: tunnelOf[scheme], key: await key() };
  const renew = async (): Promise<void> => {
    if (known !== undefined) tunnels.push(await known.open(port, known.key));
  };
  await renew();
  return {
    server: {
      host: HOST,
      get port() {
        return tunnels.at(-1)?.port ?? port;
      },
    },
    renew,
    close: async () => {
      for (const tunnel of tunnels) await tunnel.close().catch(() => undefined);
    },
  };
};

/** Timers of a device that comes back from a reboot only once it may: a way that is gone leads nowhere. */
const holdingReboots = () => {
  const held = Promise.withResolvers<void>();
  const later: NonNullable<DeviceOptions['later']> = (milliseconds, run) => {
    let isOff = false;
    const timer = setTimeout(async () => {
      if (milliseconds === REBOOT_MS) await held.promise;
      if (!isOff) run();
    }, milliseconds);
    return () => {
      isOff = true;
      clearTimeout(timer);
    };
  };
  return { later, release: held.resolve };
};

/** Kills the server once, starts it again, and gives how the update ended and what its device looks like then. */
export const finishAfterCrash = async (crash: Crash) => {
  const { kind = 'firmware', scheme = 'coap', delivery = 1, size = 300_000, databaseUrl } = crash;
  const ends: (() => unknown)[] = [];
  const directory = await mkdtemp(join(tmpdir(), 'muster-lwm2m-crash-'));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  const port = await freePort();
  const start = async () => {
    const server = await startLwm2mProcess(directory, {
      [listenerOf[scheme]]: `${HOST}:${port}`,
      ...(databaseUrl !== undefined && { MUSTER_DATABASE_URL: databaseUrl }),
    });
    ends.push(server.stop);
    return server;
  };
  try {
    const first = await start();
    const operator = await operate(first.url);
    await operator.device('d1', { attributes: { 'lwm2m.ackTimeout': 0.2 } });
    const way = await openWay(scheme, port, async () => {
      const issued = await operator.call('POST', '/devices/d1/credentials', { kind: 'psk' });
      return { identity: `${issued['identity']}`, key: Buffer.from(`${issued['secret']}`, 'hex') };
    });
    ends.push(way.close);
    const { later, release } = holdingReboots();
    if (scheme === 'coap') release();
    const device = createSimulatedDevice({
      ...{ server: way.server, endpoint: 'd1', enabler: '1.1', firmware: '1.0', protocols: [0], delivery },
      times: { install: 600, reboot: REBOOT_MS, patience: 10_000 },
      later,
    });
    ends.push(device.stop);
    await device.start();
    const pack = await operator.image({ version: '2.0', size }, { kind, name: kind });
    const campaign = await operator.campaign(pack, ['d1'], { retry: { attempts: 3, backOffSeconds: 0 } });
    await seen(device, crash.at);
    await sleep(crash.after ?? 0);
    await first.kill();
    const second = await start();
    if (scheme !== 'coap') {
      await way.renew();
      release();
      // Over these a device comes back by itself: it finds that its association is gone.
      if (device.view().state !== 3) device.reboot();
    }
    const update = await ended(await operate(second.url), campaign, device);
    return { update, view: device.view() };
  } finally {
    for (const end of ends.reverse()) await end();
  }
};
