import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, withPlace } from './bench.ts';
import { addDevices, type Muster, startMuster } from './muster.ts';

const GOAL = 100;
/** Milliseconds in which each stream gets what happens, so that buffers are what they are at work. */
const AT_WORK = 3_000;

const open = async ({ url, headers }: Muster): Promise<Socket> => {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /api/v1/stream HTTP/1.1\r\nhost: bench\r\n${lines.join('')}\r\n`);
  await once(socket, 'data');
  return socket.resume();
};

/** Something that every stream tells of, over and over. */
const keepBusy = async (muster: Muster, milliseconds: number): Promise<void> => {
  const until = performance.now() + milliseconds;
  for (let n = 0; performance.now() < until; n += 1) {
    await muster.call('POST', '/devices', {
      id: `busy-${muster.url}-${n}-${until}`.replaceAll(/[^\w-]/g, ''),
    });
    await sleep(10);
  }
};

/** What a thousand open streams cost in memory, while all of them tell what happens. */
export const benchStreams = async (bench: Bench): Promise<void> =>
  withPlace(bench, 'streams', 'SQLite', async (place) => {
    await addDevices(place, 1);
    const muster = await startMuster(place, bench.options.profile);
    const count = bench.options.seconds < 1 ? 20 : 1_000;
    const work = Math.min(AT_WORK, bench.options.seconds * 1_000);
    const sockets: Socket[] = [];
    try {
      // The same work without streams first, so that what is counted is theirs.
      await keepBusy(muster, work);
      const before = muster.memory();
      for (let n = 0; n < count; n += 1) sockets.push(await open(muster));
      await keepBusy(muster, work);
      const cost = (muster.memory() ?? Number.NaN) - (before ?? Number.NaN);
      bench.tell({
        name: `${count} open streams`,
        value: cost,
        unit: 'MiB',
        peakMemory: muster.peakMemory(),
        goal: { text: `< ${GOAL} MiB`, met: cost < GOAL },
      });
    } finally {
      for (const socket of sockets) socket.destroy();
      await muster.stop();
    }
  });
