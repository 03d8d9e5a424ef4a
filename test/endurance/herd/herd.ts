import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { addDdiDevices, deviceSecret } from '../../bench/ddi.ts';
import { startLife } from '../life.ts';
import { type EngineName, enginesOf, onEach, wholeNumber } from '../options.ts';
import { newPlace, type Place } from '../place.ts';
import type { Finding, Scenario } from '../scenario.ts';
import type { Came, Herd } from './caller.ts';

const CALLERS = 2;
const WITHIN = 10_000;
const GOAL = 300_000;

const send = async (herd: Herd): Promise<Came> => {
  const child = fork(new URL('./caller.ts', import.meta.url), [], { execArgv: [] });
  const answer = once(child, 'message');
  const gone = once(child, 'exit').then(() => {
    throw new Error('a process of the herd ended');
  });
  gone.catch(() => undefined);
  child.send(herd);
  const [came] = (await Promise.race([answer, gone])) as [Came];
  return came;
};

const peakOf = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const portOf = ({ url }: Place): number => Number(new URL(url).port);

/** So many devices come back within ten seconds after a start of the server. */
export const stampede = async (
  engine: EngineName,
  postgres: string | undefined,
  devices: number,
): Promise<Finding> => {
  const place = await newPlace(postgres);
  try {
    await addDdiDevices(
      { directory: place.env['MUSTER_DATA'] ?? '', databaseUrl: place.databaseUrl },
      devices,
    );
    const life = await startLife(place);
    const each = Math.ceil(devices / CALLERS);
    const came = await Promise.all(
      Array.from({ length: CALLERS }, (_, index) =>
        send({
          ...{ port: portOf(place), secret: deviceSecret, within: WITHIN, patience: GOAL },
          ...{ from: index * each, to: Math.min(devices, (index + 1) * each) },
        }),
      ),
    );
    const crashed = life.isGone();
    const peak = crashed ? 0 : Math.round(peakOf(life.pid));
    await life.stop();
    const last = Math.max(...came.map((one) => one.last)) / 1000;
    const unserved = came.reduce((sum, one) => sum + one.unserved, 0);
    const answers = new Map<string, number>();
    for (const one of came) {
      for (const [answer, count] of Object.entries(one.answers)) {
        answers.set(answer, (answers.get(answer) ?? 0) + count);
      }
    }
    const told = [...answers].map(([answer, count]) => `${count} x ${answer}`).join(', ');
    const result = `${devices} devices, the last served after ${last.toFixed(1)} s; answers ${told}; peak ${peak} MiB`;
    const strange = [...answers.keys()].filter((answer) => !['200', '429', '503', 'none'].includes(answer));
    const pass = !crashed && unserved === 0 && strange.length === 0 && last * 1000 < GOAL;
    return { id: 'R-26', part: engine, result, pass, seed: null };
  } finally {
    await place.remove();
  }
};

/** everybody comes back at once. */
export const herd: Scenario = {
  usage: '--devices 50000 --engine sqlite   devices that come back within ten seconds of a start',
  run: (args) => {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ args: [...args], options: { devices: text, engine: text } });
    const devices = wholeNumber('devices', values.devices ?? '50000');
    return onEach(enginesOf(values.engine), async (engine, postgres) => [
      await stampede(engine, postgres, devices),
    ]);
  },
};
