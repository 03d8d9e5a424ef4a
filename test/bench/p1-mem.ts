import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addDdiDevices, deviceBase, deviceHeaders } from './ddi.ts';
import { startMuster } from './muster.ts';

const directory = await mkdtemp(join(tmpdir(), 'p1-mem-'));
const place = { directory, databaseUrl: undefined };
await addDdiDevices(place, 300);
const m = await startMuster(place, undefined);
const show = (w: string) =>
  console.log(w, 'now', Math.round(m.memory() ?? 0), 'peak', Math.round(m.peakMemory() ?? 0));
show('started');
await sleep(1000);
show('1s');
for (let k = 0; k < 5; k++) {
  for (let n = 0; n < 200; n++)
    await (await fetch(m.url + deviceBase.replace('{}', String(n)), { headers: deviceHeaders })).text();
  show('200 polls');
}
await sleep(1500);
show('later');
await m.stop();
await rm(directory, { recursive: true });
