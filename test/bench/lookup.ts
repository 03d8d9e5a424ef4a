import { againstRaw, atLeast, type Bench, warmUp, withPlace } from './bench.ts';
import { addDevices, api, deviceName, type Muster, startMuster } from './muster.ts';
import type { Engine } from './options.ts';
import type { Traffic } from './traffic.ts';

const GOAL = 0.6;

/** Requests for devices at random, each with the token checked. */
export const lookups = (
  { url, headers }: Muster,
  count: number,
  how: Pick<Traffic, 'connections' | 'pause'>,
): Traffic => ({
  url,
  method: 'GET',
  path: `${api}/devices/${deviceName}`,
  headers,
  bodies: [],
  numbers: { from: 0, to: count },
  order: 'random',
  ...how,
});

/** An authenticated read of a random device. */
export const benchLookup = async (bench: Bench, engine: Engine): Promise<void> =>
  withPlace(bench, 'lookup', engine, async (place) => {
    const { devices, connections, profile } = bench.options;
    await addDevices(place, devices);
    const muster = await startMuster(place, profile);
    try {
      const traffic = lookups(muster, devices, { connections, pause: 0 });
      await warmUp(bench, traffic);
      const row = await againstRaw(bench, muster, () => traffic);
      bench.tell({
        name: `lookup, ${engine}`,
        ...row,
        ...(engine === 'SQLite' && { goal: atLeast(GOAL, row.ratio.value, `>= ${GOAL} raw`) }),
      });
    } finally {
      await muster.stop();
    }
  });
