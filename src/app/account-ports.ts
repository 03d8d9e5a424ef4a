import type { AccountKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Membership, StoredAccount, StoredRole, StoredToken, StoredUser } from './account-records.ts';
import type { Page, PageRequest } from './lists.ts';

/** Who owns what is kept. */
export interface Accounts {
  find(id: string): Promise<StoredAccount | undefined>;
  get(key: AccountKey): Promise<StoredAccount | undefined>;
  list(page: PageRequest): Promise<Page<StoredAccount>>;
  /** The accounts a person belongs to, by key. */
  ofUser(userId: string): Promise<readonly StoredAccount[]>;
}

/** People, and the accounts they belong to. */
export interface Users {
  find(id: string): Promise<StoredUser | undefined>;
  findByEmail(email: string): Promise<StoredUser | undefined>;
  /** The people of an account with their roles. */
  list(
    account: AccountKey,
    page: PageRequest,
  ): Promise<Page<StoredUser & { readonly roleIds: readonly string[] }>>;
  membership(account: AccountKey, userId: string): Promise<Membership | undefined>;
  count(): Promise<number>;
}

/** What people may do in an account. */
export interface Roles {
  find(account: AccountKey, id: string): Promise<StoredRole | undefined>;
  /** All of them, oldest first: an account has few. */
  list(account: AccountKey): Promise<readonly StoredRole[]>;
  /** How many people have it. */
  holders(account: AccountKey, id: string): Promise<number>;
}

/** Sessions and API tokens. */
export interface Tokens {
  find(id: string): Promise<StoredToken | undefined>;
  /** A person's API tokens, oldest first. Sessions are not listed. */
  list(userId: string): Promise<readonly StoredToken[]>;
  /** Notes use; not a change, no event, may be lost in a crash. */
  touch(id: string, at: Instant): Promise<void>;
}
