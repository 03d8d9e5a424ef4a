import Type, { type Static } from 'typebox';
import { exact, Id, Instant, Name, nullable, Pairs, page, paging, Revision, word } from './common.ts';
import { Freezes } from './plan.ts';
import { routeTable } from './route.ts';

export const approvalPolicies = ['none', 'one', 'another', 'two-others'] as const;
const ApprovalPolicy = word(approvalPolicies, {
  description:
    'Whose go a campaign needs: nobody; one person, who may be its author; another person; two others.',
});

const LONGEST_POLL = 86_399;
const YEAR = 31_536_000;

const Registration = word(['closed', 'open', 'approval'], {
  description: 'Whether an unknown device may register itself: never, at once, or to wait for an operator.',
});
const Seconds = Type.Integer({ minimum: 1, maximum: LONGEST_POLL });
const Authority = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[^\\u0000-\\u001f\\ud800-\\udfff]*$',
});

const token = { id: Type.String(), createdAt: Instant, expiresAt: nullable(Instant) };
export const GatewayToken = exact(token);
export type GatewayToken = Static<typeof GatewayToken>;

const DeviceAccess = exact(
  {
    registration: Registration,
    authorities: Type.Array(Type.String(), {
      description: 'Certificate authorities whose devices are believed, as a trusted proxy names them.',
    }),
    poll: exact(
      { usualSeconds: Type.Integer(), leastSeconds: Type.Integer(), mostSeconds: Type.Integer() },
      {
        description:
          'How often devices are told to come: when nothing is ahead, and the bounds for when something is.',
      },
    ),
    gatewayTokens: Type.Array(GatewayToken),
  },
  { description: 'How the devices of the account get in, and how often they come.' },
);

export const Account = exact({
  id: Type.String(),
  name: Type.String(),
  approvalPolicy: ApprovalPolicy,
  settings: Pairs,
  freezes: Freezes,
  deviceAccess: DeviceAccess,
  createdAt: Instant,
  revision: Revision,
});
export type Account = Static<typeof Account>;

const params = exact({ account: Id });
const tag = 'Accounts';

export const accountRoutes = routeTable({
  listAccounts: {
    method: 'GET',
    path: '/accounts',
    access: 'signed-in',
    tag,
    summary: 'List the accounts the caller belongs to; all of them for server administrators',
    query: exact(paging),
    status: 200,
    reply: page(Account),
  },
  createAccount: {
    method: 'POST',
    path: '/accounts',
    access: 'Administer Server',
    tag,
    summary: 'Create an account with the default roles and the caller as its administrator',
    body: exact({
      id: Type.Optional(
        Type.String({
          pattern: '^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,64}$',
          description: 'Kept as it is; unique without regard to case. A UUID when absent.',
        }),
      ),
      name: Name,
      approvalPolicy: Type.Optional(ApprovalPolicy),
    }),
    status: 201,
    reply: Account,
    idempotent: true,
  },
  getAccount: {
    method: 'GET',
    path: '/accounts/:account',
    access: 'View Organization',
    tag,
    summary: 'Read the account the caller acts in; any account for server administrators',
    params,
    status: 200,
    reply: Account,
  },
  editAccount: {
    method: 'PATCH',
    path: '/accounts/:account',
    access: 'Edit Organization Settings',
    tag,
    summary: 'Change the account the caller acts in; any account for server administrators',
    description: [
      'Settings, freezes and authorities are replaced as a whole. Campaigns keep the approval policy they were created',
      'under. `leastSeconds` is at most `usualSeconds`, and that at most `mostSeconds`.',
    ].join('\n'),
    params,
    body: exact({
      name: Type.Optional(Name),
      approvalPolicy: Type.Optional(ApprovalPolicy),
      settings: Type.Optional(Pairs),
      freezes: Type.Optional(Freezes),
      deviceAccess: Type.Optional(
        exact({
          registration: Type.Optional(Registration),
          authorities: Type.Optional(Type.Array(Authority, { maxItems: 64, uniqueItems: true })),
          poll: Type.Optional(
            exact({
              usualSeconds: Type.Optional(Seconds),
              leastSeconds: Type.Optional(Seconds),
              mostSeconds: Type.Optional(Seconds),
            }),
          ),
        }),
      ),
    }),
    status: 200,
    reply: Account,
    conditional: true,
  },
  createGatewayToken: {
    method: 'POST',
    path: '/accounts/:account/gateway-tokens',
    access: 'Edit Organization Settings',
    tag,
    summary: 'Issue a secret that speaks for every device of the account; it is shown this once',
    description: 'An account has at most 8 of them that are valid at the same time.',
    params,
    body: exact({
      expiresAt: Type.Optional(nullable(Instant)),
      replacesAfterSeconds: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: YEAR,
          description: 'Rotation: all older ones expire after so many seconds, 0 at once.',
        }),
      ),
    }),
    status: 201,
    reply: exact({ ...token, secret: Type.String() }),
  },
  deleteGatewayToken: {
    method: 'DELETE',
    path: '/accounts/:account/gateway-tokens/:gatewayToken',
    access: 'Edit Organization Settings',
    tag,
    summary: 'Revoke a gateway token at once',
    params: exact({ account: Id, gatewayToken: Id }),
    status: 204,
  },
});
