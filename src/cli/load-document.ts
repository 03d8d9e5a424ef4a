import { dirname, resolve } from 'node:path';
import type { Path } from '../client/document/check.ts';
import { type Flaw, parseCampaign, pathText } from '../client/document/parse.ts';
import type { CampaignDocument } from '../wire/muster/campaign-document.ts';
import { CliError } from './cli-error.ts';
import { readIds, readText } from './input.ts';
import type { Io } from './io.ts';

const flawText = (path: string, { line, column, path: place, message }: Flaw): string =>
  `${path}:${line}:${column}: ${place === '' ? '' : `${place}: `}${message}`;

/** A campaign from a file, with its devices where it names them. */
export type Loaded = {
  readonly document: CampaignDocument;
  readonly devices: readonly string[] | undefined;
  /** What is wrong with a part of it, after file, line and column. */
  readonly flawAt: (path: Path, message: string) => string;
};

/** Reads a document; refuses with every line that is wrong. `-` is standard input. */
export const loadDocument = async (path: string, io: Pick<Io, 'stdin'>): Promise<Loaded> => {
  const parsed = parseCampaign(await readText(path, io));
  if (!parsed.ok) {
    const lines = parsed.flaws.map((flaw) => `  ${flawText(path, flaw)}`).join('\n');
    throw new CliError(`this is no campaign:\n${lines}`, {
      ending: 'refused',
      next: 'muster campaign schema (what a document may have), or muster campaign export <campaign>',
    });
  }
  return {
    document: parsed.document,
    devices: await devicesOf(parsed.document, path, io),
    flawAt: (place, message) => flawText(path, { ...parsed.placeOf(place), path: pathText(place), message }),
  };
};

const devicesOf = async (
  { spec: { target } }: CampaignDocument,
  path: string,
  io: Pick<Io, 'stdin'>,
): Promise<readonly string[] | undefined> => {
  if (target === undefined || !('devices' in target || 'file' in target)) return undefined;
  if ('devices' in target && target.devices !== undefined) return [...new Set(target.devices)];
  if (!('file' in target) || target.file === undefined) return undefined;
  const base = path === '-' ? '.' : dirname(path);
  return readIds([`@${resolve(base, target.file)}`], io);
};
