import type { Command } from 'commander';
import { type Account, approvalPolicies } from '../../wire/muster/accounts.ts';
import { choice } from '../choice.ts';
import { onlySaid } from '../dry-run.ts';
import type { Io } from '../io.ts';
import { printPages } from '../lists.ts';
import { online } from '../online.ts';
import { changing, type DryRun, given, type Paged, paged } from '../options.ts';
import type { Column } from '../output.ts';
import type { Register } from '../program.ts';
import { moment, pairs } from '../words.ts';

type Policy = Account['approvalPolicy'];
type Changes = DryRun & { readonly name?: string; readonly approvalPolicy?: Policy };

const columns: readonly Column<Account>[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['approval policy', ({ approvalPolicy }) => approvalPolicy],
  ['created', ({ createdAt }) => moment(createdAt)],
];

const details: readonly Column<Account>[] = [
  ...columns,
  ['registration', ({ deviceAccess }) => deviceAccess.registration],
  [
    'poll',
    ({ deviceAccess: { poll } }) =>
      `every ${poll.usualSeconds} s, ${poll.leastSeconds} to ${poll.mostSeconds}`,
  ],
  [
    'freezes',
    ({ freezes }) =>
      freezes.map(({ name, from, to }) => `${name}: ${moment(from)} to ${moment(to)}`).join('\n') || '-',
  ],
  ['settings', ({ settings }) => pairs(settings)],
];

const policyOption = (command: Command): Command =>
  command.option(
    '--approval-policy <policy>',
    `whose go a campaign needs: ${approvalPolicies.join(', ')}`,
    choice(approvalPolicies),
  );

/** `account`: who owns devices, packages and campaigns. */
export const registerAccount: Register = (program, io) => {
  const account = program
    .command('account')
    .description('accounts, which own devices, packages and campaigns');
  paged(account.command('list').description('list the accounts you reach')).action(
    online(io, async (on, { limit }: Paged) =>
      printPages(on, limit, (query) => on.client.listAccounts({ query }), columns),
    ),
  );
  account
    .command('show')
    .description('show an account')
    .argument('[account]', 'the one you act in, unless another is named')
    .action(
      online(io, async (on, id: string | undefined) => {
        const params = { account: id ?? (await on.client.getSession({})).account.id };
        await on.print.one(await on.client.getAccount({ params }), details);
      }),
    );
  registerChanges(account, io);
};

const registerChanges = (account: Command, io: Io): void => {
  changing(policyOption(account.command('create').description('create an account')))
    .argument('<name>')
    .option('--id <id>', 'its id; made up unless it is given')
    .action(
      online(
        io,
        async (on, name: string, { id, approvalPolicy, dryRun }: Changes & { readonly id?: string }) => {
          const body = { name, ...given({ id, approvalPolicy }) };
          if (await onlySaid(on, given({ dryRun }), `create the account "${name}"`, { body })) return;
          await on.print.one(await on.client.createAccount({ body }), details);
        },
      ),
    );
  changing(policyOption(account.command('edit').description('change name or approval policy')))
    .argument('<account>')
    .option('--name <name>')
    .action(
      online(io, async (on, id: string, { name, approvalPolicy, dryRun }: Changes) => {
        const params = { account: id };
        const { revision } = await on.client.getAccount({ params });
        const body = given({ name, approvalPolicy });
        if (await onlySaid(on, given({ dryRun }), `change the account ${id}`, { body })) return;
        await on.print.one(await on.client.editAccount({ params, body, expected: revision }), details);
      }),
    );
};
