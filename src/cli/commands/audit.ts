import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { AuditEntry } from '../../wire/muster/audit.ts';
import { choice } from '../choice.ts';
import { CliError } from '../cli-error.ts';
import { printPages } from '../lists.ts';
import { online } from '../online.ts';
import { given, instant, type Paged, paged, wholeNumber } from '../options.ts';
import type { Column } from '../output.ts';
import type { Register } from '../program.ts';
import { counted, moment } from '../words.ts';

const columns: readonly Column<AuditEntry>[] = [
  ['n', ({ n }) => String(n)],
  ['at', ({ at }) => moment(at)],
  ['who', ({ actor }) => actor.id ?? actor.kind],
  ['action', ({ action }) => action],
  ['object', ({ object }) => `${object.kind} ${object.id}`],
];

type Filter = {
  readonly actor?: string;
  readonly action?: string;
  readonly object?: string;
  readonly from?: string;
  readonly to?: string;
  readonly text?: string;
};

const filtered = (command: Command): Command =>
  command
    .option('--actor <id>', 'who did it: the id of a person, or server')
    .option('--action <type>', 'what was done, such as campaign-started')
    .option('--object <id>', 'to what it was done')
    .option('--from <instant>', 'from then on', instant)
    .option('--to <instant>', 'before then', instant)
    .option('--text <text>', 'anywhere in the entry');

const filterOf = ({ actor, action, object, from, to, text }: Filter): Filter =>
  given({ actor, action, object, from, to, text });

type Checkpoint = { readonly n?: number; readonly hash?: string };
const exportFormats = ['jsonl', 'csv'] as const;

/** `audit`: who did what, and whether the record of it is whole. */
export const registerAudit: Register = (program, io) => {
  const audit = program
    .command('audit')
    .description('who did what, and whether the record is whole (docs/audit.md)');
  filtered(paged(audit.command('list').description('search who did what, newest first'))).action(
    online(io, async (on, options: Paged & Filter) =>
      printPages(
        on,
        options.limit,
        (page) => on.client.listAudit({ query: { ...page, ...filterOf(options) } }),
        columns,
      ),
    ),
  );
  audit
    .command('verify')
    .description('check the whole chain; a broken one ends with code 8')
    .option('--n <number>', 'number of an entry that was noted earlier', wholeNumber(1))
    .option('--hash <hash>', 'its hash')
    .action(
      online(io, async (on, { n, hash }: Checkpoint) => {
        const verdict = await on.client.verifyAudit({ query: given({ n, hash }) });
        await on.print.one(verdict, [
          ['intact', ({ intact }) => (intact ? 'yes' : 'NO')],
          ['entries', ({ entries }) => counted(entries, 'entry', 'entries')],
          ['head', ({ head }) => (head === null ? '-' : `${head.n} ${head.hash}`)],
          ['broken', ({ broken }) => (broken === null ? '-' : `entry ${broken.n}: ${broken.problem}`)],
        ]);
        if (!verdict.intact) io.endWith('differs');
      }),
    );
  filtered(audit.command('export').description('download who did what to standard output, oldest first'))
    .option('--format <format>', exportFormats.join(' or '), choice(exportFormats), 'jsonl')
    .action(
      online(io, async (on, options: Filter & { readonly format: (typeof exportFormats)[number] }) => {
        const { body } = await on.client.exportAudit({
          query: { ...filterOf(options), format: options.format },
        });
        if (body === null) throw new CliError('the server sent nothing');
        await pipeline(Readable.fromWeb(body), io.sink());
      }),
    );
};
