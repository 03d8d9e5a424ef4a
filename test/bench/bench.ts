import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase } from '../support/postgres.ts';
import { type Generator, perSecond } from './load.ts';
import type { Place } from './muster.ts';
import type { Engine, Options } from './options.ts';
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
  /** All its rounds so far. */
  readonly rawRounds: Round[];
  /** A directory that is removed at the end. */
  readonly directory: string;
  /** A PostgreSQL server on which databases can be made. */
  readonly postgresUrl: string | undefined;
  readonly tell: (finding: Finding) => void;
};

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

/** One round of load on one server. */
export type Round = { readonly load: Load; readonly processor: number };

const play = async (
  { generator, options }: Bench,
  { processorTime }: Running,
  traffic: Traffic,
): Promise<Round> => {
  const before = processorTime() ?? Number.NaN;
  const load = await generator.run(traffic, options.seconds * 1000);
  return { load, processor: (processorTime() ?? Number.NaN) - before };
};

type Measured = Pick<Row, 'value' | 'unit' | 'latency' | 'processor' | 'peakMemory'>;

/** What rounds on one server say together. */
export const summaryOf = (rounds: readonly Round[], server: Running): Measured => {
  const sum = (pick: (round: Round) => number) => rounds.reduce((total, round) => total + pick(round), 0);
  const processor = (sum((round) => round.processor) / sum(({ load }) => load.answered)) * 1e6;
  return {
    value: median(rounds.map(({ load }) => perSecond(load))),
    unit: 'requests/s',
    latency: latencyOf(rounds.map(({ load }) => load.latencies)),
    ...(Number.isFinite(processor) && { processor }),
    peakMemory: server.peakMemory(),
  };
};

type Compared = Measured & { readonly ratio: NonNullable<Row['ratio']> };

/** What the limit is to read, where that is more than a path, and the name of its row. */
type Reading = Pick<Traffic, 'method' | 'path' | 'headers' | 'bodies'> & { readonly name: string };

/** Measures the limit and a server in turn, so that a change of the machine's pace meets both. */
export const againstRaw = async (
  bench: Bench,
  measured: Running,
  trafficOf: (round: number) => Traffic,
  reading?: Reading,
): Promise<Compared> => {
  const { name, ...like } = { name: '', ...reading };
  const least = { ...rawTraffic(bench), ...like };
  await warmUp(bench, least);
  const limits = reading === undefined ? bench.rawRounds : [];
  const rounds: Round[] = [];
  const ratios: number[] = [];
  for (let number = 0; number < bench.options.rounds; number += 1) {
    const limit = await play(bench, bench.raw, least);
    const round = await play(bench, measured, trafficOf(number));
    limits.push(limit);
    rounds.push(round);
    ratios.push(perSecond(round.load) / perSecond(limit.load));
  }
  if (reading !== undefined) bench.tell({ name, ...summaryOf(limits, bench.raw) });
  return { ...summaryOf(rounds, measured), ratio: { of: 'raw', value: median(ratios) } };
};

export const atLeast = (goal: number, value: number, text = `>= ${goal}`) => ({ text, met: value >= goal });
