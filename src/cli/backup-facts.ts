import type { Io } from './io.ts';
import type { Column } from './output.ts';
import { bytes, counted } from './words.ts';

/** What there is in a backup that was read through. */
export type BackupFacts = {
  readonly id: string;
  readonly createdAt: string;
  readonly muster: string;
  readonly engine: string;
  readonly schema: number;
  readonly withKey: boolean;
  readonly size: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly packages: { readonly count: number; readonly bytes: number };
  readonly missing: readonly string[];
};

const rowsIn = ({ rows }: BackupFacts): number => Object.values(rows).reduce((sum, count) => sum + count, 0);

export const backupColumns: readonly Column<BackupFacts>[] = [
  ['backup', ({ id }) => id],
  ['made', ({ createdAt }) => createdAt],
  ['by', ({ muster, engine, schema }) => `Muster ${muster} on ${engine}, schema ${schema}`],
  ['size', ({ size }) => bytes(size)],
  ['rows', (facts) => counted(rowsIn(facts), 'row', 'rows')],
  ['packages', ({ packages }) => `${packages.count} (${bytes(packages.bytes)})`],
  ['key', ({ withKey }) => (withKey ? 'in the file' : 'not in the file')],
];

/** Tells of packages whose bytes were lost before the backup was made; a command that finds some ends with code 8. */
export const warnOfMissing = ({ missing }: BackupFacts, io: Pick<Io, 'err' | 'endWith'>): void => {
  if (missing.length === 0) return;
  io.err(`warning: the bytes of these packages were missing or altered on the server:\n`);
  for (const sha256 of missing) io.err(`  ${sha256}\n`);
  io.endWith('differs');
};
