import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { type Bench, withPlace } from './bench.ts';
import { benchCoap, compare, DEVICES, startEcho } from './coap.ts';
import { REGISTRATION, registersMany } from './coap-load.ts';
import { addDevices, startMuster } from './muster.ts';
import type { Engine } from './options.ts';

const run = promisify(execFile);
const memory = new URL('./lwm2m-memory.ts', import.meta.url).pathname;
const MOST_BYTES = 1.5 * 1024;

/** Registrations that are flushed before they are answered, each followed by a look at what the device is. */
const benchRegistrations = (bench: Bench, engine: Engine): Promise<void> =>
  withPlace(bench, 'LwM2M registrations', engine, async (place) => {
    const { devices, profile } = bench.options;
    await addDevices(place, devices, { protocol: 'lwm2m' });
    const port = await freePort();
    const raw = await startEcho();
    const muster = await startMuster(place, profile, {
      MUSTER_LWM2M_COAP: `127.0.0.1:${port}`,
      MUSTER_LWM2M_REGISTRATIONS: '1000000',
    });
    try {
      const measured = { ...muster, url: `udp://127.0.0.1:${port}` };
      await compare(bench, raw, measured, {
        name: `LwM2M registrations, ${engine}`,
        unit: 'registrations/s',
        size: REGISTRATION,
        playerOf: registersMany(devices, DEVICES),
      });
    } finally {
      await muster.stop();
      await raw.stop();
    }
  });

/** What the process keeps of a device that is registered and has nothing to do. */
const benchMemory = (bench: Bench): Promise<void> =>
  withPlace(bench, 'memory of LwM2M devices', 'SQLite', async (place) => {
    const { devices } = bench.options;
    await addDevices(place, devices, { protocol: 'lwm2m' });
    const { stdout } = await run(process.execPath, ['--expose-gc', memory, place.directory, `${devices}`]);
    const { bytes } = JSON.parse(stdout) as { readonly bytes: number };
    bench.tell({
      name: `memory of each of ${devices.toLocaleString('en')} registered LwM2M devices`,
      value: bytes,
      unit: 'bytes',
      goal: { text: `< ${MOST_BYTES}`, met: bytes < MOST_BYTES },
    });
  });

/** CoAP alone, then registrations through registry and store, then memory. */
export const benchLwm2m = async (bench: Bench): Promise<void> => {
  await benchCoap(bench);
  for (const engine of ['SQLite', 'PostgreSQL'] as const) await benchRegistrations(bench, engine);
  await benchMemory(bench);
};
