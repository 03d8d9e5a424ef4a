import type { Command } from 'commander';
import { choice } from '../choice.ts';
import type { Io } from '../io.ts';
import type { GlobalOptions } from '../online.ts';
import { type Column, formatOf, printerOf } from '../output.ts';
import { runServerScript, type Target } from '../server-script.ts';
import { bytes } from '../words.ts';

const places = ['s3', 'disk'] as const;

type Options = Pick<Target, 'data'> & { readonly to: (typeof places)[number]; readonly delete?: true };
type Moved = {
  readonly found: number;
  readonly copied: number;
  readonly bytes: number;
  readonly deleted: number;
  /** SHA-256 of those that are not as they were put there. */
  readonly altered: readonly string[];
};

/** `package move`: bytes of all packages from the data directory to the object store, or back. */
export const registerMove = (pack: Command, io: Io): void => {
  pack
    .command('move')
    .description('copy the bytes of all packages from the data directory to the object store, or back')
    .requiredOption('--to <place>', places.join(', '), choice(places))
    .option('--data <directory>', 'the data directory, in place of MUSTER_DATA')
    .option('--delete', 'take away what is in both places then: for when no server uses it any more')
    .action(async (options: Options, command: Command) => move(options, command, io));
};

const columns: readonly Column<Moved>[] = [
  ['packages', ({ found }) => String(found)],
  ['copied', (moved) => `${moved.copied} (${bytes(moved.bytes)})`],
  ['deleted', ({ deleted }) => String(deleted)],
];

const move = async (options: Options, command: Command, io: Io): Promise<void> => {
  const { output } = command.optsWithGlobals<GlobalOptions>();
  const print = printerOf(io, formatOf(output));
  const args = ['--to', options.to, ...(options.delete ? ['--delete'] : [])];
  const { data } = options;
  const moved = await runServerScript<Moved>(io, 'move-packages', args, data === undefined ? {} : { data });
  await print.one(moved, columns);
  if (moved.altered.length === 0) return;
  io.err('warning: these packages were altered, and stay where they are; upload them again:\n');
  for (const sha256 of moved.altered) io.err(`  ${sha256}\n`);
  io.endWith('differs');
};
