import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CliError } from './cli-error.ts';
import type { Io } from './io.ts';

const idsOf = async (stream: Readable): Promise<readonly string[]> => {
  const ids: string[] = [];
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    const id = line.trim();
    if (id !== '' && !id.startsWith('#')) ids.push(id);
  }
  return ids;
};

/**
 * Ids as a command takes them: each is one itself, `@file` for one in each line of a file, or `-` for those of standard
 * input. Blank lines and lines that begin with # are left out, and so are repeats.
 */
export const readIds = async (
  words: readonly string[],
  io: Pick<Io, 'stdin'>,
): Promise<readonly string[]> => {
  const ids = new Set<string>();
  for (const word of words) {
    const found =
      word === '-'
        ? await idsOf(io.stdin)
        : word.startsWith('@')
          ? await idsOf(openFile(word.slice(1)))
          : [word];
    for (const id of found) ids.add(id);
  }
  if (ids.size === 0)
    throw new CliError('no ids were given', {
      ending: 'usage',
      next: 'name ids, @file, or - for standard input',
    });
  return [...ids];
};

/** Bytes of a file, or of standard input for `-`. */
export const openInput = (path: string, io: Pick<Io, 'stdin'>): Readable =>
  path === '-' ? io.stdin : openFile(path);

const openFile = (path: string): Readable => createReadStream(path);

/** The text of a file, or of standard input for `-`. */
export const readText = (path: string, io: Pick<Io, 'stdin'>): Promise<string> => text(openInput(path, io));
