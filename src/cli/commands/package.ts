import type { Command } from 'commander';
import type { Package } from '../../wire/muster/packages.ts';
import { choice } from '../choice.ts';
import { onlySaid } from '../dry-run.ts';
import { findPackage } from '../find.ts';
import type { Io } from '../io.ts';
import { printPages } from '../lists.ts';
import { online } from '../online.ts';
import { changing, type DryRun, given, type Paged, paged, repeated, wholeNumber } from '../options.ts';
import type { Column } from '../output.ts';
import type { Register } from '../program.ts';
import { type Upload, upload } from '../upload.ts';
import { downloadTo, verify } from '../verify.ts';
import { bytes, moment, pairs } from '../words.ts';
import { registerMove } from './package-move.ts';

const columns: readonly Column<Package>[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['version', ({ version }) => version],
  ['kind', ({ kind }) => kind],
  ['model', ({ make, model }) => [make, model].filter((word) => word !== '').join(' ') || 'any'],
  ['size', ({ size }) => bytes(size)],
  ['created', ({ createdAt }) => moment(createdAt)],
];

const details: readonly Column<Package>[] = [
  ...columns,
  ['from version', ({ fromVersion }) => fromVersion || 'any'],
  ['file', ({ fileName }) => fileName],
  ['sha-256', ({ sha256 }) => sha256],
  ['labels', ({ labels }) => pairs(labels)],
  ['description', ({ description }) => description || '-'],
];

const kinds = ['firmware', 'software', 'file', 'bundle'] as const;
type Filter = Paged & {
  readonly text?: string;
  readonly kind?: (typeof kinds)[number];
  readonly make?: string;
  readonly model?: string;
};

/** `package`: bytes and what is said of them. */
export const registerPackage: Register = (program, io) => {
  const pack = program.command('package').description('packages: bytes, and what is said of them');
  paged(pack.command('list').description('list the packages'))
    .option('--text <text>', 'anywhere in the name')
    .option('--kind <kind>', kinds.join(', '), choice(kinds))
    .option('--make <make>', 'for devices of this make')
    .option('--model <model>', 'for devices of this model')
    .action(
      online(io, async (on, { limit, text, kind, make, model }: Filter) =>
        printPages(
          on,
          limit,
          (page) => on.client.listPackages({ query: { ...page, ...given({ text, kind, make, model }) } }),
          columns,
        ),
      ),
    );
  pack
    .command('show')
    .description('show a package')
    .argument('<package>', 'id, name, or name@version')
    .action(
      online(io, async (on, word: string) => on.print.one(await findPackage(on.client, word), details)),
    );
  registerUpload(pack, io);
  registerBytes(pack, io);
  registerMove(pack, io);
};

const registerUpload = (pack: Command, io: Io): void => {
  changing(
    pack
      .command('upload')
      .description('upload a file, or go on with it; one that is there already is not sent again'),
  )
    .argument('<file>')
    .option('--name <name>', 'as the archive says, or the name of the file')
    .option('--version <version>', 'as the archive says')
    .option('--kind <kind>', kinds.join(', '), choice(kinds))
    .option('--make <make>', 'for devices of this make only')
    .option('--model <model>', 'for devices of this model only')
    .option('--from-version <version>', 'for devices on this version only')
    .option('--description <text>')
    .option('--label <name=value>', 'repeat it for several', repeated)
    .option('--tries <n>', 'how often to try when the connection breaks off', wholeNumber(1), 5)
    .action(
      online(io, async (on, path: string, options: Upload & DryRun) =>
        upload(on, path, options, (made) => on.print.one(made, details)),
      ),
    );
};

const registerBytes = (pack: Command, io: Io): void => {
  pack
    .command('verify')
    .description('compare a local file with a package; one that differs ends with code 8')
    .argument('<package>', 'id, name, or name@version')
    .argument('<file>')
    .action(
      online(io, async (on, word: string, path: string) =>
        verify(on, await findPackage(on.client, word), path),
      ),
    );
  pack
    .command('download')
    .description('download the bytes of a package, and check them; goes on where it broke off')
    .argument('<package>', 'id, name, or name@version')
    .argument('<file>')
    .action(
      online(io, async (on, word: string, path: string) =>
        downloadTo(on, await findPackage(on.client, word), path),
      ),
    );
  changing(pack.command('delete').description('delete a package that no campaign may still send'))
    .argument('<package>', 'id, name, or name@version')
    .action(
      online(io, async (on, word: string, options: DryRun) => {
        const { id, name, version, revision } = await findPackage(on.client, word);
        if (await onlySaid(on, options, `delete ${name} ${version}`, { id })) return;
        await on.client.deletePackage({ params: { package: id }, expected: revision });
        io.err(`${name} ${version} was deleted\n`);
      }),
    );
};
