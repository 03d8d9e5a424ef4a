import type { DeviceAccess, GatewayToken as TokenRecord } from '../../app/account-records.ts';
import {
  type AccountPatch,
  createAccount,
  editAccount,
  getAccount,
  listAccounts,
  type ShownAccount,
} from '../../app/accounts.ts';
import { issueGatewayToken, revokeGatewayToken } from '../../app/gateway-tokens.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import { ok } from '../../domain/result.ts';
import type { Account, accountRoutes, GatewayToken } from '../../wire/muster/accounts.ts';
import type { BodyOf } from '../../wire/muster/route.ts';
import type { Handlers } from './call.ts';
import { fromMaybeInstant, fromPaging, toInstant, toMaybeInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';
import { fromFreezes, toFreezes } from './plan-map.ts';

const toToken = ({ id, createdAt, expiresAt }: TokenRecord): GatewayToken => ({
  id,
  createdAt: toInstant(createdAt),
  expiresAt: toMaybeInstant(expiresAt),
});

const toDeviceAccess = ({
  registration,
  authorities,
  poll,
  gatewayTokens,
}: DeviceAccess): Account['deviceAccess'] => ({
  registration,
  authorities: [...authorities],
  poll: { usualSeconds: poll.usual, leastSeconds: poll.least, mostSeconds: poll.most },
  gatewayTokens: gatewayTokens.map(toToken),
});

const fromPatch = ({
  deviceAccess,
  freezes,
  ...rest
}: BodyOf<(typeof accountRoutes)['editAccount']>): AccountPatch => {
  const { poll, ...access } = deviceAccess ?? {};
  return {
    ...rest,
    ...(freezes && { freezes: fromFreezes(freezes) }),
    deviceAccess: {
      ...access,
      poll: poll && { usual: poll.usualSeconds, least: poll.leastSeconds, most: poll.mostSeconds },
    },
  };
};

const toAccount = (account: ShownAccount): Account => ({
  id: account.id,
  name: account.name,
  approvalPolicy: account.approvalPolicy,
  settings: { ...account.settings },
  freezes: toFreezes(account.freezes),
  deviceAccess: toDeviceAccess(account.deviceAccess),
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
    mapped(await editAccount(deps, caller, params.account, fromPatch(body), expected), toAccount),
  createGatewayToken: async ({ caller, params, body }) => {
    const input = {
      expiresAt: fromMaybeInstant(body.expiresAt ?? null),
      replacesAfter: body.replacesAfterSeconds === undefined ? undefined : body.replacesAfterSeconds * 1000,
    };
    return mapped(await issueGatewayToken(deps, caller, params.account, input), (issued) => ({
      ...toToken(issued),
      secret: issued.secret,
    }));
  },
  deleteGatewayToken: ({ caller, params }) =>
    revokeGatewayToken(deps, caller, params.account, params.gatewayToken),
});
