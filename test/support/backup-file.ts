import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { linesOf, readBackup } from '../../src/server/backup/read.ts';

/** Writes a backup to a file; between two pieces of it something else is done. */
export const saveTo = async (
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  between: () => Promise<void> = async () => undefined,
): Promise<void> => {
  const interleaved = async function* () {
    for await (const piece of bytes) {
      yield piece;
      await between();
    }
  };
  await pipeline(Readable.from(interleaved(), { objectMode: false }), createWriteStream(file));
};

/** The text of every table, and which packages there are. */
export const contentOf = async (file: string) => {
  const tables: Record<string, string> = {};
  const packages: string[] = [];
  const { summary } = await readBackup(file, async (part, entry) => {
    if (part.kind === 'rows') tables[part.table] = (tables[part.table] ?? '') + (await linesOf(entry));
    if (part.kind === 'package') packages.push(part.sha256);
  });
  return { tables, packages, rows: summary.rows, missing: summary.missing };
};
