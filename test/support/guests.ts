import type { Permission } from '../../src/app/permissions.ts';
import { newSecret } from '../../src/app/secrets.ts';
import type { Api } from './api.ts';
import { sampleAccount, sampleEvent, sampleRole, sampleToken, sampleUser } from './samples.ts';

/** Opens an account beside `DEFAULT`; the administrator reaches it by naming it. */
export const newTenant = async ({ context }: Api, id: string): Promise<string> => {
  await context.store.commit({
    account: null,
    writes: [{ save: 'account', value: sampleAccount({ id }) }],
    events: [sampleEvent({ type: 'account-created' })],
  });
  return id;
};

/** A token of somebody new who may do just this in an account. */
export const newGuest = async (
  { context: { store, ids, hashing } }: Api,
  permissions: readonly Permission[],
  accountId = 'DEFAULT',
): Promise<string> => {
  const account = await store.accounts.find(accountId);
  if (account === undefined) throw new Error(`there is no account ${accountId}`);
  const user = sampleUser();
  const role = sampleRole({ permissions });
  const { id, secret } = newSecret(ids, hashing);
  const token = sampleToken({
    id,
    hash: hashing.sha256(secret),
    userId: user.id,
    accountId: account.id,
    permissions: null,
    expiresAt: null,
  });
  const committed = await store.commit({
    account: account.key,
    writes: [
      { save: 'user', value: user },
      { save: 'role', value: role },
      { save: 'membership', value: { userId: user.id, roleIds: [role.id] } },
      { save: 'token', value: token },
    ],
    events: [sampleEvent({ type: 'user-added', user: user.id })],
  });
  if (!committed.ok) throw new Error(`the guest was not let in: ${committed.why}`);
  return secret;
};
