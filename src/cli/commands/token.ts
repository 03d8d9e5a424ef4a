import type { Token } from '../../wire/muster/tokens.ts';
import { onlySaid } from '../dry-run.ts';
import { printPages } from '../lists.ts';
import { online } from '../online.ts';
import { changing, type DryRun, given, instant, type Paged, paged, repeated } from '../options.ts';
import type { Column } from '../output.ts';
import type { Register } from '../program.ts';
import { moment } from '../words.ts';

const columns: readonly Column<Token>[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['account', ({ account }) => account ?? 'any'],
  ['may', ({ permissions }) => (permissions === null ? 'all that you may' : permissions.join('; '))],
  ['until', ({ expiresAt }) => moment(expiresAt)],
  ['last used', ({ lastUsedAt }) => moment(lastUsedAt)],
];

type New = DryRun & {
  readonly permission?: readonly string[];
  readonly expires?: string;
  readonly anyAccount?: true;
};

/** `token`: API tokens of the person who is signed in. */
export const registerToken: Register = (program, io) => {
  const token = program.command('token').description('your own API tokens, for scripts');
  paged(token.command('list').description('list your tokens, without their secrets')).action(
    online(io, async (on, { limit }: Paged) =>
      printPages(on, limit, (query) => on.client.listTokens({ query }), columns),
    ),
  );
  changing(token.command('create').description('issue a token; its secret alone goes to standard output'))
    .argument('<name>')
    .option('--permission <name>', 'all that it may; repeat it for several', repeated)
    .option('--expires <instant>', 'when it ends', instant)
    .option('--any-account', 'works in any of your accounts, not only in this one')
    .action(
      online(io, async (on, name: string, { permission, expires, anyAccount, dryRun }: New) => {
        const body = {
          name,
          ...(permission !== undefined && { permissions: [...permission] }),
          ...given({ expiresAt: expires, account: anyAccount ? false : undefined }),
        };
        if (await onlySaid(on, given({ dryRun }), `issue the token "${name}"`, { body })) return;
        const made = await on.client.createToken({ body });
        io.err('the secret is shown this once\n');
        await on.print.text(made, `${made.token}\n`);
      }),
    );
  changing(token.command('revoke').description('revoke a token at once'))
    .argument('<token>', 'its id')
    .action(
      online(io, async (on, id: string, options: DryRun) => {
        const params = { token: id };
        const { name } = await on.client.getToken({ params });
        if (await onlySaid(on, options, `revoke the token "${name}"`)) return;
        await on.client.revokeToken({ params });
        io.err(`the token "${name}" was revoked\n`);
      }),
    );
};
