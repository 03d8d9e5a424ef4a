import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { LedgerError, type Totals } from '../simulator/ledger.ts';
import {
  type Faults,
  faultProfiles,
  isFaultProfile,
  type Mix,
  ProfileError,
  readFaults,
  readMix,
} from '../simulator/profile.ts';
import { CliError } from './cli-error.ts';
import type { Column } from './output.ts';
import { bytes, number } from './words.ts';

/** Reads an option by one of the simulator's readers. */
export const mixOption = (text: string): Mix => {
  try {
    return readMix(text);
  } catch (error) {
    if (error instanceof ProfileError) throw new InvalidArgumentError(error.message);
    throw error;
  }
};

/** How many times as fast time goes: any number above 0. */
export const speedOption = (text: string): number => {
  const speed = Number(text);
  if (!(speed > 0) || !Number.isFinite(speed)) throw new InvalidArgumentError('expected a number above 0');
  return speed;
};

/** `host:port`; an IPv6 address in brackets. */
export const addressOption = (text: string): { readonly host: string; readonly port: number } => {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '') throw new InvalidArgumentError('expected an address and a port, such as 127.0.0.1:5683');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
};

/** A profile by its name, or `@file` with JSON of one's own. */
export const faultsFor = async (text: string): Promise<Faults> => {
  if (isFaultProfile(text)) return faultProfiles[text];
  const next = `--faults ${Object.keys(faultProfiles).join(' | --faults ')} | --faults @faults.json`;
  if (!text.startsWith('@'))
    throw new CliError(`"${text}" is no profile of faults`, { ending: 'usage', next });
  try {
    return readFaults(await readFile(text.slice(1), 'utf8'));
  } catch (error) {
    if (error instanceof ProfileError) throw new CliError(error.message, { ending: 'refused', next });
    throw error;
  }
};

/** Says of a file that it is no ledger in the words of the command line. */
export const asLedger = async <Value>(read: () => Promise<Value>): Promise<Value> => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new CliError(error.message, { ending: 'refused', next: 'muster simulate --ledger <file>' });
  }
};

const shares = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${number(count)} ${name}`)
    .join('\n') || '-';

/** What a simulation did, for people. */
export const totalColumns: readonly Column<Totals>[] = [
  ['devices', ({ devices }) => number(devices)],
  ['contacts', ({ contacts }) => number(contacts)],
  ['attempts', ({ attempts }) => number(attempts)],
  ['downloaded', (totals) => bytes(totals.bytes)],
  ['outcomes', ({ outcomes }) => shares(outcomes)],
  ['versions', ({ versions }) => shares(versions)],
];

/** One line of what a simulation did so far. */
export const lineOf = ({ devices, contacts, outcomes, bytes: size }: Totals): string =>
  [
    `${number(devices)} devices`,
    `${number(contacts)} contacts`,
    bytes(size),
    ...Object.entries(outcomes)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${number(count)} ${name}`),
  ].join(', ');
