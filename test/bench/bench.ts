import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase } from '../support/postgres.ts';
import { type Generator, perSecond } from './load.ts';
import type { Place } from './muster.ts';
import type { Options } from './options.ts';
import type { Running } from './process.ts';
import type { Finding, Row } from './rows.ts';
import { latencyOf, median } from './statistics.ts';
import type { Load, Traffic } from './traffic.ts';

/** What every scenario works with. */
export type Bench = {
  readonly options: Options;
  readonly generator: Generator;
  /** The server that is the limit. */
  readonly raw: Running;
  /** Rates of all its rounds so far. */
  readonly rawRates: number[];
  /** A directory that is removed at the end. */
  readonly directory: string;
  /** A PostgreSQL server on which databases can be made. */
  readonly postgresUrl: string | undefined;
  readonly tell: (finding: Finding) => void;
};

export type Engine = 'SQLite' | 'PostgreSQL';
export const engines: readonly Engine[] = ['SQLite', 'PostgreSQL'];

let places = 0;

/** Runs work with an empty data directory and database; says so where that engine is missing. */
export const withPlace = async (
  { directory, postgresUrl, tell }: Bench,
  scenario: string,
  engine: Engine,
  work: (place: Place) => Promise<void>,
): Promise<void> => {
  if (engine === 'PostgreSQL' && postgresUrl === undefined) {
    return tell({ name: `${scenario}, PostgreSQL`, missing: 'not installed' });
  }
  places += 1;
  const own = join(directory, `place-${places}`);
  await mkdir(own, { recursive: true });
  const database =
    engine === 'PostgreSQL' && postgresUrl !== undefined ? await createTestDatabase(postgresUrl) : undefined;
  try {
    await work({ directory: own, databaseUrl: database?.url });
  } finally {
    await database?.drop();
    await rm(own, { recursive: true, force: true });
  }
};

const WARM_UP = 1000;

/** Lets a server's code be compiled before it is measured. */
export const warmUp = async ({ generator, options }: Bench, traffic: Traffic): Promise<void> => {
  await generator.run(traffic, Math.min(WARM_UP, options.seconds * 1000));
};

const rawTraffic = ({ raw, options }: Bench): Traffic => ({
  url: raw.url,
  method: 'GET',
  path: '/',
  headers: {},
  bodies: [],
  numbers: { from: 0, to: 1 },
  order: 'random',
  connections: options.connections,
  pause: 0,
});

/** Measures the limit and a server in turn, so that a change of the machine's pace meets both. */
export const againstRaw = async (
  bench: Bench,
  measured: Running,
  trafficOf: (round: number) => Traffic,
): Promise<Omit<Row, 'name'> & { readonly ratio: { readonly of: string; readonly value: number } }> => {
  const { options, generator, rawRates } = bench;
  const milliseconds = options.seconds * 1000;
  await warmUp(bench, rawTraffic(bench));
  const loads: Load[] = [];
  const ratios: number[] = [];
  let processor = 0;
  for (let round = 0; round < options.rounds; round += 1) {
    const limit = perSecond(await generator.run(rawTraffic(bench), milliseconds));
    const before = measured.processorTime() ?? Number.NaN;
    const load = await generator.run(trafficOf(round), milliseconds);
    processor += (measured.processorTime() ?? Number.NaN) - before;
    rawRates.push(limit);
    ratios.push(perSecond(load) / limit);
    loads.push(load);
  }
  const requests = loads.reduce((sum, { answered }) => sum + answered, 0);
  return {
    value: median(loads.map(perSecond)),
    unit: 'requests/s',
    ratio: { of: 'raw', value: median(ratios) },
    latency: latencyOf(loads.map(({ latencies }) => latencies)),
    ...(Number.isFinite(processor) && { processor: (processor / requests) * 1e6 }),
    peakMemory: measured.peakMemory(),
  };
};

export const atLeast = (goal: number, value: number, text = `>= ${goal}`) => ({ text, met: value >= goal });
