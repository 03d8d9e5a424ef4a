import Type, { type Static } from 'typebox';
import { exact, Id, Instant, Name, Pairs, page, paging, Revision, word } from './common.ts';
import { routeTable } from './route.ts';

export const approvalPolicies = ['none', 'one', 'another', 'two-others'] as const;
const ApprovalPolicy = word(approvalPolicies, {
  description:
    'Whose go a campaign needs: nobody; one person, who may be its author; another person; two others.',
});

export const Account = exact({
  id: Type.String(),
  name: Type.String(),
  approvalPolicy: ApprovalPolicy,
  settings: Pairs,
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
    description:
      'Settings are replaced as a whole. Campaigns keep the approval policy they were created under.',
    params,
    body: exact({
      name: Type.Optional(Name),
      approvalPolicy: Type.Optional(ApprovalPolicy),
      settings: Type.Optional(Pairs),
    }),
    status: 200,
    reply: Account,
    conditional: true,
  },
});
