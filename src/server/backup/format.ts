import type { Rows, TableShape } from '../../app/backup-ports.ts';

/*
 * What a backup is: docs/backup.md. A tar with, in this order, `manifest.json`, parts of tables, packages, the key if it
 * was asked for, `summary.json`, `checksums.sha256` and `end.json`.
 */

export const FORMAT = 'muster-backup';
/** Goes up whenever a reader of the number before would read something wrong. */
export const FORMAT_VERSION = 1;

const FOLDER = 'muster-backup/';
export const MANIFEST = `${FOLDER}manifest.json`;
export const KEY = `${FOLDER}secrets.key`;
export const SUMMARY = `${FOLDER}summary.json`;
export const CHECKSUMS = `${FOLDER}checksums.sha256`;
export const END = `${FOLDER}end.json`;

/** The first entry. */
export type Manifest = {
  readonly format: string;
  readonly formatVersion: number;
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The version of Muster that made it. */
  readonly muster: string;
  readonly engine: string;
  readonly schema: number;
  readonly withKey: boolean;
  /** A text sealed under each key of the server: whoever restores must be able to open all of them. */
  readonly keyChecks: readonly string[];
  readonly tables: readonly TableShape[];
};

/** What there is in it, known once it is written. */
export type Summary = {
  readonly rows: Readonly<Record<string, number>>;
  readonly packages: { readonly count: number; readonly bytes: number };
  /** SHA-256 of package bytes that were not there, or not whole, when the backup was made. */
  readonly missing: readonly string[];
};

/** The last entry. */
export type End = {
  /** How many entries there are before `checksums.sha256`. */
  readonly parts: number;
  /** SHA-256 of every byte before this entry. */
  readonly sha256: string;
};

/** What the sealed text of a key check is about, and what it says. */
export const keyCheckAbout = (id: string): string => `backup ${id}`;
export const KEY_CHECK = 'muster';

/** The name of a part of a table; parts count from 1. */
export const tablePart = (table: string, part: number): string =>
  `${FOLDER}tables/${table}/${String(part).padStart(6, '0')}.jsonl.gz`;

export const packagePart = (sha256: string): string => `${FOLDER}packages/${sha256}`;

/** What an entry between the first and the checksums is. */
export type Part =
  | { readonly kind: 'rows'; readonly table: string }
  | { readonly kind: 'package'; readonly sha256: string }
  | { readonly kind: 'key' }
  | { readonly kind: 'summary' };

export const partOf = (name: string): Part | undefined => {
  if (name === KEY) return { kind: 'key' };
  if (name === SUMMARY) return { kind: 'summary' };
  const table = /^muster-backup\/tables\/([a-z_]+)\/\d{6,}\.jsonl\.gz$/.exec(name)?.[1];
  if (table !== undefined) return { kind: 'rows', table };
  const sha256 = /^muster-backup\/packages\/([0-9a-f]{64})$/.exec(name)?.[1];
  return sha256 === undefined ? undefined : { kind: 'package', sha256 };
};

/** A line of `checksums.sha256`, as `sha256sum -c` reads it in the folder where the tar was unpacked. */
export const checksumLine = (name: string, sha256: string): string => `${sha256}  ${name}\n`;

/** A row for each line, as an array of its cells. */
export const toLines = (rows: Rows): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

export const fromLines = (text: string): Rows =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
