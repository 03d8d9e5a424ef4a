import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ProtocolName } from './profile.ts';

/** How an attempt really ended. */
export type AttemptOutcome =
  | 'succeeded'
  /** Success was told, and the old version still runs. */
  | 'false-success'
  | 'failed'
  /** The device will never be heard of again. */
  | 'silent'
  /** The server asked it to stop, and it did. */
  | 'cancelled'
  /** It had ended, and the server wanted to hear no more of it. */
  | 'too-late'
  | 'under-way';

/** Why an attempt failed, in the simulator's own words. */
export type FailureCause =
  | 'none'
  | 'disk-full'
  | 'corrupt'
  | 'install-fails'
  | 'connection-lost'
  | 'unexpected';

/** One attempt of a device to install something. */
export type Attempt = {
  /** The server's name for it: an action, a campaign, or empty where the protocol has none. */
  readonly call: string;
  /** SHA-256 of each package: of those that were offered, or arrived where the protocol does not tell before. */
  sha256: readonly string[];
  /** The version that the packages said they are; empty where they do not. */
  version: string;
  /** Milliseconds since the epoch, of this machine. */
  readonly begun: number;
  ended: number | null;
  /** Bytes that arrived, those that arrived twice counted twice. */
  bytes: number;
  outcome: AttemptOutcome;
  why: FailureCause;
  /** Whether the server has acknowledged the outcome. */
  heard: boolean;
};

/** What became of a device that made contact at least once. */
export type DeviceTruth = {
  readonly device: string;
  readonly protocol: ProtocolName;
  readonly model: string;
  /** Versions: at first, really running now, and as the server was told; empty where it was told none. */
  readonly from: string;
  readonly runs: string;
  readonly told: string;
  readonly contacts: number;
  readonly attempts: readonly Readonly<Attempt>[];
};

/** How a ledger came about. */
export type LedgerHead = {
  readonly ledger: 'muster-simulator-1';
  readonly server: string;
  readonly account: string;
  readonly seed: number;
  readonly devices: number;
  readonly speed: number;
  readonly startedAt: string;
  readonly endedAt: string;
};

export type Ledger = { readonly head: LedgerHead; readonly devices: readonly DeviceTruth[] };

/** A file that is no ledger. */
export class LedgerError extends Error {}

/** Writes a ledger as lines of JSON: its head, then a line for each device. */
export const writeLedger = async (
  file: string,
  head: LedgerHead,
  devices: Iterable<DeviceTruth>,
): Promise<void> => {
  const lines = function* (): Generator<string> {
    yield `${JSON.stringify(head)}\n`;
    for (const device of devices) yield `${JSON.stringify(device)}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(file));
};

/** Reads what was written; throws `LedgerError` for another file. */
export const readLedger = async (file: string): Promise<Ledger> => {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let head: LedgerHead | undefined;
  const devices: DeviceTruth[] = [];
  for await (const line of lines) {
    if (head !== undefined) devices.push(parsed(line));
    else {
      head = parsed<LedgerHead>(line);
      if (head.ledger !== 'muster-simulator-1') throw new LedgerError(`${file} is no ledger of a simulation`);
    }
  }
  if (head === undefined) throw new LedgerError(`${file} is empty`);
  return { head, devices };
};

const parsed = <Line>(line: string): Line => {
  try {
    return JSON.parse(line) as Line;
  } catch {
    throw new LedgerError(`not a line of a ledger: ${line.slice(0, 80)}`);
  }
};

/** Sums of a ledger, for whoever reads along. */
export type Totals = {
  readonly devices: number;
  readonly contacts: number;
  readonly attempts: number;
  readonly bytes: number;
  readonly outcomes: Readonly<Record<AttemptOutcome, number>>;
  /** Devices by the version that they really run. */
  readonly versions: Readonly<Record<string, number>>;
};

export const totalsOf = (devices: Iterable<DeviceTruth>): Totals => {
  const outcomes = {
    ...{ succeeded: 0, 'false-success': 0, failed: 0, silent: 0, cancelled: 0 },
    ...{ 'too-late': 0, 'under-way': 0 },
  };
  const versions = new Map<string, number>();
  const sums = { devices: 0, contacts: 0, attempts: 0, bytes: 0 };
  for (const { contacts, attempts, runs } of devices) {
    sums.devices += 1;
    sums.contacts += contacts;
    sums.attempts += attempts.length;
    versions.set(runs, (versions.get(runs) ?? 0) + 1);
    for (const { bytes, outcome } of attempts) {
      sums.bytes += bytes;
      outcomes[outcome] += 1;
    }
  }
  return {
    ...sums,
    outcomes,
    versions: Object.fromEntries([...versions].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
};
