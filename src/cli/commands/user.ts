import type { Command } from 'commander';
import type { Role } from '../../wire/muster/roles.ts';
import type { User } from '../../wire/muster/users.ts';
import { CliError } from '../cli-error.ts';
import { onlySaid } from '../dry-run.ts';
import { readText } from '../input.ts';
import type { Io } from '../io.ts';
import { collect, printPages } from '../lists.ts';
import { type Online, online } from '../online.ts';
import { changing, type DryRun, given, type Paged, paged, repeated } from '../options.ts';
import type { Column } from '../output.ts';
import type { Register } from '../program.ts';
import { joined, moment, yesNo } from '../words.ts';

type Shown = User & { readonly roles: readonly string[] };

const columns: readonly Column<Shown>[] = [
  ['id', ({ id }) => id],
  ['e-mail', ({ email }) => email],
  ['name', ({ name }) => name],
  ['roles', ({ roles }) => joined(roles)],
  ['disabled', ({ disabled }) => yesNo(disabled)],
  ['locked until', ({ lockedUntil }) => moment(lockedUntil)],
];

const allRoles = async ({ client }: Online): Promise<readonly Role[]> =>
  (await collect(Number.POSITIVE_INFINITY, (query) => client.listRoles({ query }))).items;

const withRoles =
  (roles: readonly Role[]) =>
  (user: User): Shown => ({
    ...user,
    roles: user.roleIds.map((id) => roles.find((role) => role.id === id)?.name ?? id),
  });

/** Ids of roles that are named by name or id. */
const idsOf = (roles: readonly Role[], named: readonly string[]): string[] =>
  named.map((word) => {
    const role = roles.find(({ id, name }) => id === word || name === word);
    if (role !== undefined) return role.id;
    const known = roles.map(({ name }) => `"${name}"`).join(', ');
    throw new CliError(`there is no role "${word}"`, {
      ending: 'refused',
      next: `--role with one of ${known}`,
    });
  });

/** A person by id or e-mail address. */
const findUser = async ({ client }: Online, word: string): Promise<User> => {
  if (!word.includes('@')) return client.getUser({ params: { user: word } });
  const { items } = await collect(Number.POSITIVE_INFINITY, (query) => client.listUsers({ query }));
  const found = items.find(({ email }) => email.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  throw new CliError(`there is nobody here with the address ${word}`, {
    ending: 'refused',
    next: 'muster user list',
  });
};

/** `user`: the people of an account. */
export const registerUser: Register = (program, io) => {
  const user = program.command('user').description('the people of an account');
  paged(user.command('list').description('list the people of the account')).action(
    online(io, async (on, { limit }: Paged) => {
      const shown = withRoles(await allRoles(on));
      const read = async (query: { readonly limit: number }) => {
        const { items, next } = await on.client.listUsers({ query });
        return { items: items.map(shown), next };
      };
      await printPages(on, limit, read, columns);
    }),
  );
  user
    .command('show')
    .description('show a person')
    .argument('<user>', 'id or e-mail address')
    .action(
      online(io, async (on, word: string) => {
        const found = await findUser(on, word);
        await on.print.one(withRoles(await allRoles(on))(found), columns);
      }),
    );
  user
    .command('roles')
    .description('list the roles that people can have')
    .action(
      online(io, async (on) =>
        on.print.list(await allRoles(on), [
          ['id', ({ id }) => id],
          ['name', ({ name }) => name],
          ['permissions', ({ permissions }) => String(permissions.length)],
        ]),
      ),
    );
  registerCreate(user, io);
  registerEdit(user, io);
};

type New = DryRun & {
  readonly name?: string;
  readonly role?: readonly string[];
  readonly passwordStdin?: true;
};

const passwordOf = async ({ passwordStdin }: New, io: Io): Promise<string | undefined> =>
  passwordStdin ? (await readText('-', io)).replace(/\r?\n$/, '') : undefined;

const registerCreate = (user: Command, io: Io): void => {
  changing(user.command('create').description('bring a person into the account'))
    .argument('<e-mail>')
    .option('--name <name>', 'as they are called; the address unless it is given')
    .option('--role <role>', 'name or id of a role; repeat it for several', repeated)
    .option('--password-stdin', 'read a password from standard input; nobody can sign in without one')
    .action(
      online(io, async (on, email: string, options: New) => {
        const roleIds = idsOf(await allRoles(on), options.role ?? []);
        const password = await passwordOf(options, io);
        const body = { email, name: options.name ?? email, roleIds };
        if (await onlySaid(on, options, `bring ${email} into the account`, { body })) return;
        const made = await on.client.createUser({
          body: { ...body, ...(password !== undefined && { password }) },
        });
        await on.print.one(withRoles(await allRoles(on))(made), columns);
      }),
    );
};

type Edit = New & { readonly disable?: true; readonly enable?: true };

const registerEdit = (user: Command, io: Io): void => {
  changing(user.command('edit').description('change a person'))
    .argument('<user>', 'id or e-mail address')
    .option('--name <name>')
    .option('--role <role>', 'the roles from now on; repeat it for several', repeated)
    .option('--password-stdin', 'read a new password from standard input')
    .option('--disable', 'keep them from signing in, and end their sessions and tokens')
    .option('--enable', 'let them sign in again')
    .action(
      online(io, async (on, word: string, options: Edit) => {
        const roles = await allRoles(on);
        const { id, revision } = await findUser(on, word);
        const body = given({
          name: options.name,
          roleIds: options.role && idsOf(roles, options.role),
          disabled: options.disable ?? (options.enable ? false : undefined),
        });
        const password = await passwordOf(options, io);
        if (await onlySaid(on, options, `change ${word}`, { body })) return;
        const edited = await on.client.editUser({
          params: { user: id },
          body: { ...body, ...(password !== undefined && { password }) },
          expected: revision,
        });
        await on.print.one(withRoles(roles)(edited), columns);
      }),
    );
  changing(user.command('remove').description('remove a person from the account'))
    .argument('<user>', 'id or e-mail address')
    .action(
      online(io, async (on, word: string, options: DryRun) => {
        const { id, revision, email } = await findUser(on, word);
        if (await onlySaid(on, options, `remove ${email} from the account`)) return;
        await on.client.deleteUser({ params: { user: id }, expected: revision });
        io.err(`${email} was removed\n`);
      }),
    );
};
