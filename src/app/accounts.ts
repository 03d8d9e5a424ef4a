import type { ApprovalPolicy } from '../domain/campaign.ts';
import type { Freeze } from '../domain/freeze.ts';
import { firstProblem, invalid } from '../domain/invalid.ts';
import type { Refusal, RefusalOf } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import {
  type Account,
  type DeviceAccess,
  defaultDeviceAccess,
  type StoredAccount,
} from './account-records.ts';
import { asExpected, event, madeBefore, type Planned, type Repeatable, save } from './change.ts';
import { newRoles } from './first-start.ts';
import type { Page, PageRequest, Slice, Sliced } from './lists.ts';
import { pageThrough } from './page-through.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import { isAdministratorRole, isServerAdministrator } from './rights.ts';
import { accountsOf } from './session.ts';
import type { Principal } from './sign-in.ts';
import { readWhole, sliceThrough } from './slice-through.ts';
import type { Write } from './writes.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
};

/** `id: undefined` lets the server choose one. */
export type AccountInput = {
  readonly id?: string | undefined;
  readonly name: string;
  readonly approvalPolicy: ApprovalPolicy;
};
export type AccountPatch = {
  readonly name?: string | undefined;
  readonly approvalPolicy?: ApprovalPolicy | undefined;
  /** All of them at once. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** All of them at once. */
  readonly freezes?: readonly Freeze[] | undefined;
  readonly deviceAccess?: DeviceAccessPatch | undefined;
};

/** Absent leaves as it is; authorities are replaced as a whole. Seconds. */
export type DeviceAccessPatch = {
  readonly registration?: DeviceAccess['registration'] | undefined;
  readonly authorities?: readonly string[] | undefined;
  readonly poll?: { readonly [Field in keyof DeviceAccess['poll']]?: number | undefined } | undefined;
};

/** An account without its key, which the store gives it. */
export type ShownAccount = Account & { readonly version: number };

const about = (id: string) => ({ entity: 'account', id }) as const;

/** Every account for server administrators, for others those they belong to. */
export const listAccounts = async (
  deps: Pick<Deps, 'store'>,
  caller: Principal,
  page: PageRequest,
): Promise<Page<StoredAccount>> =>
  isServerAdministrator(caller)
    ? deps.store.accounts.list(page)
    : pageThrough(await accountsOf(deps, caller), page);

/** The same accounts, as a page by its place. */
export const sliceAccounts = async (
  deps: Pick<Deps, 'store'>,
  caller: Principal,
  slice: Slice,
): Promise<Sliced<StoredAccount>> => {
  const accounts = await readWhole((page) => listAccounts(deps, caller, page));
  return sliceThrough(accounts, slice, ({ name }) => name);
};

/** The account the caller acts in; server administrators may name any. */
export const getAccount = async (
  { store }: Pick<Deps, 'store'>,
  caller: Principal,
  id: string,
): Promise<Result<StoredAccount, Refusal>> => {
  const found = await store.accounts.find(id);
  const reached = found?.key === caller.account.key || isServerAdministrator(caller);
  return found === undefined || !reached ? refused({ code: 'not-found', ...about(id) }) : ok(found);
};

/** A new account with the default roles, whose administrator is the caller. */
export const createAccount = (
  deps: Deps,
  caller: Principal,
  input: AccountInput,
  repeatable?: Repeatable,
): Promise<Result<ShownAccount, Refusal>> => {
  const { store, clock, ids } = deps;
  const id = input.id ?? (repeatable === undefined ? ids.uuid() : repeatedId(deps, caller, repeatable.key));
  return save(store, about(id), async (): Promise<Result<Planned<ShownAccount>, Refusal>> => {
    const existing = await store.accounts.find(id);
    if (existing !== undefined) return again(store, existing, repeatable);
    const now = clock();
    const { name, approvalPolicy } = input;
    const value: Account = {
      id,
      name,
      approvalPolicy,
      settings: {},
      deviceAccess: defaultDeviceAccess,
      freezes: [],
      createdAt: now,
    };
    const by = { actor: caller.actor, at: now };
    const userId = caller.user.id;
    const writes: Write[] = [{ save: 'account', value }, ...firstMember(deps, userId)];
    const events = [event({ type: 'account-created' }, by), event({ type: 'user-added', user: userId }, by)];
    const idempotency = repeatable && { ...repeatable, ...about(id) };
    return ok({ change: { account: null, writes, events, idempotency }, value: { ...value, version: 1 } });
  });
};

/** Keys of idempotency are kept with the account they made, so a repeat has to come to the same one. */
const repeatedId = ({ hashing }: Deps, { user }: Principal, key: string): string => {
  const hex = hashing.sha256(`account ${user.id} ${key}`);
  const part = (from: number, to: number): string => hex.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-8${part(13, 16)}-a${part(17, 20)}-${part(20, 32)}`;
};

const again = async (
  store: Store,
  existing: StoredAccount,
  repeatable: Repeatable,
): Promise<Result<Planned<ShownAccount>, Refusal>> => {
  const made = await madeBefore(store, existing.key, repeatable);
  if (!made.ok) return made;
  return made.value === existing.id
    ? ok({ change: { account: null, writes: [], events: [] }, value: existing })
    : refused({ code: 'already-exists', ...about(existing.id) });
};

const firstMember = (deps: Deps, userId: string): readonly Write[] => {
  const roles = newRoles(deps);
  const roleIds = roles.filter(isAdministratorRole).map(({ id }) => id);
  return [
    ...roles.map((value): Write => ({ save: 'role', value })),
    { save: 'membership', value: { userId, roleIds } },
  ];
};

const patchAccess = (was: DeviceAccess, patch: DeviceAccessPatch): DeviceAccess => ({
  ...was,
  registration: patch.registration ?? was.registration,
  authorities: patch.authorities ?? was.authorities,
  poll: {
    usual: patch.poll?.usual ?? was.poll.usual,
    least: patch.poll?.least ?? was.poll.least,
    most: patch.poll?.most ?? was.poll.most,
  },
});

/** What the protocols can say: hours, minutes and seconds, less than a day. */
const LONGEST_POLL = 86_399;

const checkPoll = ({ usual, least, most }: DeviceAccess['poll']): RefusalOf<'invalid'> | undefined => {
  if (least >= 1 && least <= usual && usual <= most && most <= LONGEST_POLL) return undefined;
  const expected = `1 <= leastSeconds <= usualSeconds <= mostSeconds <= ${LONGEST_POLL}`;
  return { code: 'invalid', field: 'poll', expected, got: `${least}, ${usual}, ${most}` };
};

const freezeProblem = (freezes: readonly Freeze[]): RefusalOf<'invalid'> | undefined =>
  firstProblem(freezes, ({ from, to }, index) =>
    to > from ? undefined : invalid(`freezes.${index}.to`, 'an instant after from', to),
  );

/** Changes the given fields; campaigns that exist keep the approval policy they were created under. */
export const editAccount = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Principal,
  id: string,
  patch: AccountPatch,
  expected?: number,
): Promise<Result<ShownAccount, Refusal>> =>
  save(deps.store, about(id), async () => {
    const found = asExpected(await getAccount(deps, caller, id), expected, about(id));
    if (!found.ok) return found;
    const was = found.value;
    const deviceAccess = patchAccess(was.deviceAccess, patch.deviceAccess ?? {});
    const freezes = patch.freezes ?? was.freezes;
    const problem = checkPoll(deviceAccess.poll) ?? freezeProblem(freezes);
    if (problem !== undefined) return refused(problem);
    const value = {
      ...was,
      deviceAccess,
      name: patch.name ?? was.name,
      approvalPolicy: patch.approvalPolicy ?? was.approvalPolicy,
      settings: patch.settings ?? was.settings,
      freezes,
    };
    return ok({
      change: {
        account: was.key,
        writes: [{ save: 'account', was, value }],
        events: [event({ type: 'account-changed' }, { actor: caller.actor, at: deps.clock() })],
      },
      value: { ...value, version: was.version + 1 },
    });
  });
