import {
  createAccount,
  editAccount,
  getAccount,
  type ShownAccount,
  sliceAccounts,
} from '../../app/accounts.ts';
import { categoriesOf, categoryOf, editCategories } from '../../app/pulse-settings.ts';
import { ok } from '../../domain/result.ts';
import type { Organization, OrganizationBody, organizationRoutes } from '../../wire/pulse/organizations.ts';
import type { Handlers } from './call.ts';
import { BadRequest } from './errors.ts';
import { mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import { named } from './phrases.ts';
import type { PulseDeps } from './plugin.ts';

const toOrganization = ({ id, name, createdAt, version }: ShownAccount): Organization => ({
  id,
  name,
  displayName: name,
  parentId: '',
  status: 'ACTIVE',
  domainName: id,
  orgId: id,
  createdBy: '',
  createdTime: `${createdAt}`,
  lastUpdatedBy: '',
  lastUpdatedTime: `${createdAt}`,
  updateVersion: version,
});

const INVALID_NAME = 'Invalid Organization Name';
const INVALID_DOMAIN = 'Invalid Domain Name';

/** The unique name of an organisation is what its account goes by. */
const domainOf = ({ domainName = '' }: OrganizationBody): string | undefined => {
  if (domainName === '') return undefined;
  if (/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/.test(domainName)) return domainName;
  const message = `${INVALID_DOMAIN}: expected at most 64 letters, digits, dots, dashes and underscores; got ${JSON.stringify(domainName)}.`;
  throw new BadRequest(message, 'INVALID_ARGUMENT', 400, INVALID_DOMAIN);
};

/** An organisation here is always active. */
const checkStatus = ({ status = '' }: OrganizationBody): void => {
  if (!['', 'ACTIVE'].includes(status))
    throw new BadRequest(`status: expected "ACTIVE"; got ${JSON.stringify(status)}.`);
};

const refuseRenaming = (id: string, body: OrganizationBody): void => {
  const domain = domainOf(body);
  if (domain === undefined || domain.toLowerCase() === id.toLowerCase()) return;
  const message = `${INVALID_DOMAIN}: expected ${JSON.stringify(id)}, which cannot change; got ${JSON.stringify(domain)}.`;
  throw new BadRequest(message, 'INVALID_ARGUMENT', 400, INVALID_DOMAIN);
};

/** Organisations, which are accounts, and their settings. */
export const organizationHandlers = (deps: PulseDeps): Handlers<typeof organizationRoutes> => ({
  listOrganizations: async ({ caller, query }) => {
    const paging = pagingOf(query, deps.settings.firstPage);
    const { items, total } = await sliceAccounts(deps, caller, paging.slice);
    return ok({ organizations: items.map(toOrganization), pageInfo: toPageResponse(paging, total) });
  },
  createOrganization: async ({ caller, body }) => {
    checkStatus(body);
    const name = named(body.name, INVALID_NAME);
    const input = { id: domainOf(body), name, approvalPolicy: 'none' } as const;
    return mapped(await createAccount(deps, caller, input), ({ id }) => ({ id }));
  },
  getOrganization: async ({ caller, params }) =>
    mapped(await getAccount(deps, caller, params['organizationId'] ?? ''), toOrganization),
  editOrganization: async ({ caller, params, body }) => {
    checkStatus(body);
    const found = await getAccount(deps, caller, params['organizationId'] ?? '');
    if (!found.ok) return found;
    const { id } = found.value;
    refuseRenaming(id, body);
    const name = body.name === undefined ? undefined : named(body.name, INVALID_NAME);
    return mapped(await editAccount(deps, caller, id, { name }), () => ({ id }));
  },
  getOrganizationSettings: async ({ caller, params, query }) =>
    mapped(await getAccount(deps, caller, params['organizationId'] ?? ''), (account) =>
      query.category === undefined || query.category === ''
        ? [...categoriesOf(account)]
        : categoryOf(account, query.category),
    ),
  editOrganizationSettings: async ({ caller, params, body }) =>
    mapped(await editCategories(deps, caller, params['organizationId'] ?? '', body), ({ id }) => ({ id })),
});
