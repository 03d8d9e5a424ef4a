import { parseArgs } from 'node:util';

export const scenarios = [
  'lookup',
  'report',
  'bulk',
  'upload',
  'download',
  'polls',
  'feedback',
  'downloads',
  'gate',
  'events',
  'streams',
  'forecast',
  'starts',
  'judged',
  'lwm2m',
  'dm',
  'workers',
  'scale',
  'growth',
] as const;
export type Scenario = (typeof scenarios)[number];

const engines = ['SQLite', 'PostgreSQL'] as const;
export type Engine = (typeof engines)[number];

/** What a run measures, and how much of it. */
export type Options = {
  readonly only: readonly Scenario[];
  readonly engines: readonly Engine[];
  /** Length of one round in seconds, and how many of them. */
  readonly seconds: number;
  readonly rounds: number;
  /** Devices that are looked up. */
  readonly devices: number;
  /** Devices that are added to a campaign by query. */
  readonly bulk: number;
  /** Size of a transfer in bytes. */
  readonly bytes: number;
  readonly connections: number;
  /** Where the JSON goes. */
  readonly json: string;
  /** Where the table goes as a page; nowhere when undefined. */
  readonly document: string | undefined;
  /** Directory for CPU profiles of the servers; profiling slows what it measures. */
  readonly profile: string | undefined;
  /** The figures mean nothing. */
  readonly quick: boolean;
};

const full = { seconds: 3, rounds: 5, devices: 100_000, bulk: 1_000_000, bytes: 2 ** 30, connections: 64 };
/** Every row in a few seconds, to see that the bench works; the figures mean nothing. */
const quick = { seconds: 0.1, rounds: 1, devices: 200, bulk: 500, bytes: 2 ** 20, connections: 16 };

export const usage = `npm run bench -- [options]
  --only ${scenarios.join(',')}   some of the scenarios
  --engines ${engines.join(',')}   one of the engines
  --seconds 3   --rounds 5   --devices 100000   --bulk 1000000   --bytes 1073741824   --connections 64
  --json .test-artifacts/bench.json
  --document <file>   the table as a page too
  --profile <directory>   CPU profiles of the servers
  --quick   small sizes, to see that the bench itself works`;

const someOf = <Name extends string>(
  option: string,
  known: readonly Name[],
  text: string | undefined,
): readonly Name[] => {
  if (text === undefined) return known;
  return text.split(',').map((word) => {
    const name = known.find((one) => one === word);
    if (name === undefined)
      throw new Error(`--${option}: expected some of ${known.join(', ')}; got "${word}"`);
    return name;
  });
};

const numberOf = (name: string, text: string | undefined, otherwise: number): number => {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) {
    throw new Error(`--${name}: expected a number above 0; got "${text}"`);
  }
  return value;
};

/** Throws, with a message for people, on an option that is not understood. */
export const readOptions = (args: readonly string[]): Options => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: text,
      engines: text,
      seconds: text,
      rounds: text,
      devices: text,
      bulk: text,
      bytes: text,
      connections: text,
      json: text,
      document: text,
      profile: text,
    },
  });
  const sizes = values.quick ? quick : full;
  return {
    only: someOf('only', scenarios, values.only),
    engines: someOf('engines', engines, values.engines),
    seconds: numberOf('seconds', values.seconds, sizes.seconds),
    rounds: numberOf('rounds', values.rounds, sizes.rounds),
    devices: numberOf('devices', values.devices, sizes.devices),
    bulk: numberOf('bulk', values.bulk, sizes.bulk),
    bytes: numberOf('bytes', values.bytes, sizes.bytes),
    connections: numberOf('connections', values.connections, sizes.connections),
    json: values.json ?? '.test-artifacts/bench.json',
    document: values.document,
    profile: values.profile,
    quick: values.quick,
  };
};
