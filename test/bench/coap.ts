import type { Bench } from './bench.ts';
import { BLOCK, echoed, type Player, play, REGISTRATION, registers, takesBlocks } from './coap-load.ts';
import { type Running, startProcess } from './process.ts';
import { median } from './statistics.ts';

export const DEVICES = 200;
const script = new URL('./coap-process.ts', import.meta.url).pathname;

export type Compared = {
  readonly name: string;
  readonly unit: string;
  /** Bytes of the larger datagram of each round trip. */
  readonly size: number;
  readonly playerOf: (number: number) => Player;
};

/** Both in turn, so that a change of the machine's pace meets both. */
export const compare = async (
  { options, tell }: Bench,
  raw: Running,
  measured: Pick<Running, 'url' | 'processorTime' | 'peakMemory'>,
  { name, unit, size, playerOf }: Compared,
): Promise<void> => {
  const values: number[] = [];
  const limits: number[] = [];
  let answered = 0;
  let processor = 0;
  await play(measured.url, DEVICES, Math.min(1, options.seconds), playerOf);
  for (let round = 0; round < options.rounds; round += 1) {
    limits.push(await play(raw.url, DEVICES, options.seconds, () => echoed(size)));
    const before = measured.processorTime() ?? Number.NaN;
    const value = await play(measured.url, DEVICES, options.seconds, playerOf);
    processor += (measured.processorTime() ?? Number.NaN) - before;
    answered += value * options.seconds;
    values.push(value);
  }
  const ratios = values.map((value, at) => value / (limits[at] ?? Number.NaN));
  tell({ name: `raw node:dgram echo, ${size} bytes`, value: median(limits), unit: 'datagrams/s' });
  tell({
    name,
    value: median(values),
    unit,
    ratio: { of: 'echo', value: median(ratios) },
    ...(Number.isFinite(processor) && { processor: (processor / answered) * 1e6 }),
    peakMemory: measured.peakMemory(),
  });
};

/** A server that only sends datagrams back. */
export const startEcho = (): Promise<Running> => startProcess({ args: [script, 'echo'] });

/** What the CoAP layer does in a second with 200 devices, against a server that only sends datagrams back. */
export const benchCoap = async (bench: Bench): Promise<void> => {
  const raw = await startEcho();
  try {
    const measured = await startProcess({ args: [script, 'coap'] });
    try {
      await compare(bench, raw, measured, {
        name: 'CoAP registrations of 200 devices',
        unit: 'requests/s',
        size: REGISTRATION,
        playerOf: registers,
      });
      await compare(bench, raw, measured, {
        name: 'CoAP blocks of 1 KiB to 200 devices',
        unit: 'blocks/s',
        size: BLOCK,
        playerOf: takesBlocks,
      });
    } finally {
      await measured.stop();
    }
  } finally {
    await raw.stop();
  }
};
