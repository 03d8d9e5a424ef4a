import {
  createAccount,
  editAccount,
  getAccount,
  listAccounts,
  type ShownAccount,
} from '../../app/accounts.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import { ok } from '../../domain/result.ts';
import type { Account, accountRoutes } from '../../wire/muster/accounts.ts';
import type { Handlers } from './call.ts';
import { fromPaging, toInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';

const toAccount = (account: ShownAccount): Account => ({
  id: account.id,
  name: account.name,
  approvalPolicy: account.approvalPolicy,
  settings: { ...account.settings },
  createdAt: toInstant(account.createdAt),
  revision: account.version,
});

export const accountHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
}): Handlers<typeof accountRoutes> => ({
  listAccounts: async ({ caller, query }) => {
    const page = fromPaging(query);
    return page.ok ? ok(toPage(await listAccounts(deps, caller, page.value), toAccount)) : page;
  },
  createAccount: async ({ caller, body, repeatable }) =>
    mapped(await createAccount(deps, caller, { approvalPolicy: 'none', ...body }, repeatable), toAccount),
  getAccount: async ({ caller, params }) => mapped(await getAccount(deps, caller, params.account), toAccount),
  editAccount: async ({ caller, params, body, expected }) =>
    mapped(await editAccount(deps, caller, params.account, body, expected), toAccount),
});
