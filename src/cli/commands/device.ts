import { extname } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { Device, ImportReport } from '../../wire/muster/devices.ts';
import { choice } from '../choice.ts';
import { CliError } from '../cli-error.ts';
import { onlySaid } from '../dry-run.ts';
import { explain } from '../explain.ts';
import { findQuery } from '../find.ts';
import { openInput, readIds } from '../input.ts';
import type { Io } from '../io.ts';
import { printPages } from '../lists.ts';
import { type Online, online } from '../online.ts';
import { changing, type DryRun, given, type Paged, paged } from '../options.ts';
import type { Column } from '../output.ts';
import type { Register } from '../program.ts';
import { counted, joined, moment, pairs } from '../words.ts';

const columns: readonly Column<Device>[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => name || '-'],
  ['model', ({ make, model }) => [make, model].filter((word) => word !== '').join(' ') || '-'],
  ['protocol', ({ protocol }) => protocol],
  ['firmware', ({ versions }) => versions['firmware'] ?? '-'],
  ['last seen', ({ lastSeenAt }) => moment(lastSeenAt)],
];

const details: readonly Column<Device>[] = [
  ...columns,
  ['time zone', ({ timeZone }) => timeZone || '-'],
  ['tags', ({ tags }) => joined(tags)],
  ['versions', ({ versions }) => pairs(versions)],
  ['attributes', ({ attributes }) => pairs(attributes)],
  ['standing', ({ standing }) => standing],
  ['created', ({ createdAt }) => moment(createdAt)],
];

type Filter = { readonly where?: string; readonly query?: string };

const filtered = (command: Command): Command =>
  command
    .option('--where <expression>', 'a device query (docs/query-language.md)')
    .option('--query <query>', 'id or name of a saved query, instead of --where');

const filterOf = async ({ client }: Online, { where, query }: Filter) =>
  given({ where, query: query === undefined ? undefined : (await findQuery(client, query)).id });

/** `device`: what is updated. */
export const registerDevice: Register = (program, io) => {
  const device = program.command('device').description('the devices of the account');
  filtered(paged(device.command('list').description('list the devices, all or those that match'))).action(
    online(io, async (on, options: Paged & Filter) => {
      const filter = await filterOf(on, options);
      await printPages(
        on,
        options.limit,
        (page) => on.client.listDevices({ query: { ...page, ...filter } }),
        columns,
      );
    }),
  );
  filtered(device.command('count').description('count the devices, all or those that match')).action(
    online(io, async (on, options: Filter) => {
      const found = await on.client.countDevices({ query: await filterOf(on, options) });
      await on.print.text(found, `${found.count}\n`);
    }),
  );
  device
    .command('show')
    .description('show a device')
    .argument('<device>')
    .action(
      online(io, async (on, id: string) =>
        on.print.one(await on.client.getDevice({ params: { device: id } }), details),
      ),
    );
  device
    .command('explain')
    .description(
      'say why a device does not go on in its campaigns, when that can change, and what can be done',
    )
    .argument('<device>')
    .option('--campaign <campaign>', 'in this campaign alone')
    .action(
      online(io, async (on, id: string, { campaign }: { readonly campaign?: string }) =>
        explain(on, id, campaign),
      ),
    );
  registerImport(device, io);
  registerChanges(device, io);
};

const modes = ['upsert', 'create'] as const;
const importTypes = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
type ImportForm = keyof typeof importTypes;
type Import = DryRun & { readonly mode: (typeof modes)[number]; readonly format?: ImportForm };

const formOf = (path: string, form: ImportForm | undefined): ImportForm => {
  if (form !== undefined) return form;
  const extension = extname(path).toLowerCase();
  if (extension === '.csv') return 'csv';
  if (['.ndjson', '.jsonl', '.json'].includes(extension)) return 'ndjson';
  throw new CliError(`the name "${path}" does not tell its format`, {
    ending: 'usage',
    next: 'the same command with --format csv or --format ndjson',
  });
};

const reportText = ({ created, changed, unchanged, failed, errors, truncatedErrors }: ImportReport): string =>
  [
    `${created} created, ${changed} changed, ${unchanged} unchanged, ${failed} failed\n`,
    ...errors.map(({ row, id, problem }) => `  row ${row}${id === null ? '' : ` (${id})`}: ${problem}\n`),
    truncatedErrors ? '  and more\n' : '',
  ].join('');

const registerImport = (device: Command, io: Io): void => {
  changing(device.command('import').description('register and change many devices from CSV or lines of JSON'))
    .argument('<file>', 'or - for standard input')
    .option('--format <format>', Object.keys(importTypes).join(' or '), choice(['csv', 'ndjson'] as const))
    .option('--mode <mode>', modes.join(' or '), choice(modes), 'upsert')
    .action(
      online(io, async (on, path: string, { mode, format, dryRun = undefined }: Import) => {
        const type = importTypes[formOf(path, format)];
        const report = await on.client.importDevices({
          query: { mode, ...given({ dryRun }) },
          bytes: { type, data: Readable.toWeb(openInput(path, io)) as ReadableStream },
        });
        await on.print.text(report, `${dryRun ? 'would be: ' : ''}${reportText(report)}`);
        if (report.failed > 0) io.endWith('refused');
      }),
    );
};

const registerChanges = (device: Command, io: Io): void => {
  changing(device.command('accept').description('accept devices that registered themselves and wait'))
    .argument('<ids...>', 'ids, @file, or - for standard input')
    .action(
      online(io, async (on, words: readonly string[], options: DryRun) => {
        const ids = await readIds(words, io);
        if (await onlySaid(on, options, `accept ${counted(ids.length, 'device')}`, { ids })) return;
        for (const id of ids) await on.client.acceptDevice({ params: { device: id } });
        io.err(`${counted(ids.length, 'device')} accepted\n`);
      }),
    );
  changing(device.command('delete').description('forget devices, with their credentials and their history'))
    .argument('<ids...>', 'ids, @file, or - for standard input')
    .action(
      online(io, async (on, words: readonly string[], options: DryRun) => {
        const ids = await readIds(words, io);
        if (await onlySaid(on, options, `forget ${counted(ids.length, 'device')}`, { ids })) return;
        for (const id of ids) await on.client.deleteDevice({ params: { device: id } });
        io.err(`${counted(ids.length, 'device')} deleted\n`);
      }),
    );
};
