import type { SavedQuery } from '../../wire/muster/queries.ts';
import { onlySaid } from '../dry-run.ts';
import { findQuery } from '../find.ts';
import { printPages } from '../lists.ts';
import { online } from '../online.ts';
import { changing, type DryRun, given, type Paged, paged, wholeNumber } from '../options.ts';
import type { Column } from '../output.ts';
import type { Register } from '../program.ts';
import { counted, moment } from '../words.ts';

const columns: readonly Column<SavedQuery>[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['expression', ({ expression }) => expression],
  ['created', ({ createdAt }) => moment(createdAt)],
];
const details: readonly Column<SavedQuery>[] = [
  ...columns,
  ['description', (query) => query.description || '-'],
];

type New = DryRun & { readonly description?: string };
type Edit = New & { readonly name?: string; readonly expression?: string };

/** `query`: saved device queries, which are distribution lists. */
export const registerQuery: Register = (program, io) => {
  const query = program.command('query').description('saved device queries (docs/query-language.md)');
  paged(query.command('list').description('list the saved queries')).action(
    online(io, async (on, { limit }: Paged) =>
      printPages(on, limit, (page) => on.client.listQueries({ query: page }), columns),
    ),
  );
  query
    .command('show')
    .description('show a saved query')
    .argument('<query>', 'id or name')
    .action(online(io, async (on, word: string) => on.print.one(await findQuery(on.client, word), details)));
  query
    .command('preview')
    .description('count the devices that match an expression, and show the first of them')
    .argument('<expression>')
    .option('--sample <n>', 'how many to show', wholeNumber(), 10)
    .action(
      online(io, async (on, expression: string, { sample }: { readonly sample: number }) => {
        const found = await on.client.previewQuery({ body: { expression, limit: sample } });
        const ids = found.sample.map(({ id }) => `  ${id}\n`).join('');
        await on.print.text(found, `${found.canonical}\n${counted(found.count, 'device')}\n${ids}`);
      }),
    );
  changing(query.command('save').description('save a query under a name'))
    .argument('<name>')
    .argument('<expression>')
    .option('--description <text>')
    .action(
      online(io, async (on, name: string, expression: string, options: New) => {
        const { count } = await on.client.previewQuery({ body: { expression, limit: 0 } });
        const body = { name, expression, ...given({ description: options.description }) };
        if (
          await onlySaid(on, options, `save "${name}", which matches ${counted(count, 'device')}`, { body })
        )
          return;
        await on.print.one(await on.client.createQuery({ body }), details);
      }),
    );
  changing(query.command('edit').description('change a saved query'))
    .argument('<query>', 'id or name')
    .option('--name <name>')
    .option('--expression <expression>')
    .option('--description <text>')
    .action(
      online(io, async (on, word: string, { dryRun, name, expression, description }: Edit) => {
        const { id, revision } = await findQuery(on.client, word);
        const body = given({ name, expression, description });
        if (await onlySaid(on, given({ dryRun }), `change ${word}`, { body })) return;
        await on.print.one(
          await on.client.editQuery({ params: { query: id }, body, expected: revision }),
          details,
        );
      }),
    );
  changing(query.command('delete').description('delete a saved query'))
    .argument('<query>', 'id or name')
    .action(
      online(io, async (on, word: string, options: DryRun) => {
        const { id, name, revision } = await findQuery(on.client, word);
        if (await onlySaid(on, options, `delete the query "${name}"`)) return;
        await on.client.deleteQuery({ params: { query: id }, expected: revision });
        io.err(`the query "${name}" was deleted\n`);
      }),
    );
};
