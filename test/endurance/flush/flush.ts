import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createClient } from '../../../src/client/muster.ts';
import { findStrace, makePipe, NO_STRACE } from '../../support/strace.ts';
import { openWire, type Wire } from '../kill/wire.ts';
import { startLife } from '../life.ts';
import { type EngineName, enginesOf, onEach, wholeNumber } from '../options.ts';
import { admin, newPlace } from '../place.ts';
import type { Finding, Scenario } from '../scenario.ts';
import { createJudge, markOf, type Verdict } from './judge.ts';

export type FlushOptions = {
  readonly requests: number;
  readonly connections: number;
  /** Loaded before the server, to make it worse. */
  readonly preloads?: readonly URL[];
};

/** More than a page of SQLite, or what goes to PostgreSQL for as many changes as there are connections. */
const LONGEST_STRING = 65_536;
const CALLS = 'trace=pwrite64,fdatasync,fsync,read,write,writev,sendto,sendmsg';

/** Devices and queries by turns, each with a mark that its answer repeats. */
const writeAll = async (wire: Wire, { requests, connections }: FlushOptions): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let number = next++; number < requests; number = next++) {
      const mark = markOf(number);
      const isDevice = number % 2 === 0;
      const { status, bytes } = await wire.insist({
        method: 'POST',
        path: isDevice ? '/api/v1/devices' : '/api/v1/queries',
        body: isDevice ? { id: mark } : { name: mark, expression: '' },
      });
      if (status !== 201) throw new Error(`${number}: ${status} ${bytes}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
};

/** Traces a server while it acknowledges so many writes, and judges each of them. */
export const runFlush = async (
  engine: EngineName,
  options: FlushOptions,
  postgres?: string,
): Promise<Verdict> => {
  const strace = findStrace();
  if (strace === undefined) throw new Error(NO_STRACE);
  const place = await newPlace(postgres);
  const pipe = join(place.directory, 'trace');
  const judge = createJudge(engine);
  try {
    await makePipe(pipe);
    const lines = createInterface({ input: createReadStream(pipe), crlfDelay: Number.POSITIVE_INFINITY });
    const read = new Promise((resolve) => lines.once('close', resolve));
    lines.on('line', judge.take);
    const how = ['-f', '-qq', '-y', '-s', `${LONGEST_STRING}`, '-e', CALLS, '-e', 'signal=none', '-o', pipe];
    const life = await startLife(place, {
      under: [strace, '--seccomp-bpf', ...how],
      ...(options.preloads && { preloads: options.preloads }),
    });
    const { token } = await createClient({ url: place.url }).signIn({ body: admin });
    const wire = openWire(place.url, { authorization: `Bearer ${token}` });
    await writeAll(wire, options);
    await wire.close();
    await life.stop();
    await read;
    return judge.verdict();
  } finally {
    await place.remove();
  }
};

export const flushFinding = (engine: EngineName, { acknowledged, violations }: Verdict): Finding => ({
  ...{ id: 'R-03', part: engine, seed: null },
  pass: acknowledged > 0 && violations.length === 0,
  result: `${violations.length} of ${acknowledged} acknowledgements came before their ${engine === 'SQLite' ? 'flush' : 'commit'}`,
});

export const flush: Scenario = {
  usage: `[--engine sqlite] [--requests 10000]
      traces a server by strace, and looks whether each acknowledgement follows its flush`,
  run: (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: { engine: { type: 'string' }, requests: { type: 'string', default: '10000' } },
    });
    const options = { requests: wholeNumber('requests', values.requests), connections: 8 };
    return onEach(enginesOf(values.engine), async (engine, postgres) => {
      const verdict = await runFlush(engine, options, postgres);
      return [flushFinding(engine, verdict)];
    });
  },
};
