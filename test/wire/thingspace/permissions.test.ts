import type { TSchema } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultRoles, type Permission, permissions } from '../../../src/app/permissions.ts';
import { basePath } from '../../../src/wire/thingspace/common.ts';
import type { ThingSpaceRoute } from '../../../src/wire/thingspace/route.ts';
import { routes } from '../../../src/wire/thingspace/routes.ts';
import { type Api, type Reply, startApi } from '../../support/api.ts';
import { realRoutes } from '../../support/real-routes.ts';
import { sampleOf } from '../../support/sample-body.ts';
import { newTenant, type Tenant, tokenFor } from '../../support/tenant.ts';

/** Everything that needs no session. Whoever makes a route public must add it here. */
const publicRoutes = ['requestToken', 'revokeToken'];
const applicationRoutes = ['logIn'];
const sessionRoutes = ['logOut', 'resetPassword'];

const table: Readonly<Record<string, ThingSpaceRoute>> = routes;
const every = Object.entries(table).map(([name, route]) => ({ name, route }));
const withAccess = (access: string): readonly string[] =>
  every.filter(({ route }) => route.access === access).map(({ name }) => name);
const guarded = every.filter(({ route }) => permissions.some((permission) => permission === route.access));

type Ids = Readonly<Record<string, string>>;

/** A real id for each parameter of a path that names something of one account. */
const idsOf = ({ ids }: Tenant): Ids => ({
  ...{ account: ids.account, campaignId: ids.campaign, upgradeId: ids.campaign, deviceId: ids.device },
});
/** What the others are, which are no ids. */
const words: Ids = { startIndex: '0', upgradeStatus: 'Queued', service: 'Fota' };

const paramsIn = (path: string): readonly string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);

const pathOf = (path: string, ids: Ids): string =>
  basePath +
  path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = ids[name] ?? words[name];
    // Someone added a parameter: give it an id in `idsOf`, so that it is tested too.
    if (value === undefined) throw new Error(`there is no sample id for :${name}`);
    return encodeURIComponent(value);
  });

const contentOf = ({ body, takes, path }: ThingSpaceRoute, ids: Ids) => {
  if (takes === 'stream') return { body: Buffer.from('bytes') };
  if (body === undefined) return {};
  const sample = sampleOf(body as TSchema) as object;
  // The one place besides the path that an account is named in.
  return { body: path.includes(':account') ? sample : { ...sample, accountName: ids['account'] } };
};

let api: Api;
let home: Tenant;
let abroad: Tenant;
let here: Ids;
let there: Ids;
let nowhere: Ids;

beforeAll(async () => {
  api = await startApi();
  home = await newTenant(api.context);
  abroad = await newTenant(api.context);
  [here, there] = [idsOf(home), idsOf(abroad)];
  const unknown = Object.keys(here).map((name) => [name, api.context.ids.uuid()] as const);
  nowhere = { ...Object.fromEntries(unknown), account: home.ids.account };
});
afterAll(() => api.close());

type Who = { readonly session: string | null; readonly bearer?: string | null };

const call = (route: ThingSpaceRoute, { session, bearer = api.admin }: Who, ids = nowhere): Promise<Reply> =>
  api.call(route.method, pathOf(route.path, ids), {
    as: bearer,
    ...contentOf(route, ids),
    headers: session === null ? {} : { 'vz-m2m-token': session },
  });

const codeOf = ({ body }: Reply): unknown => body?.errorCode;
const seen = ({ status, body }: Reply): string => `${status} ${JSON.stringify(body)}`;

/** What the guard answers. A use case that refuses for what the data say names another permission, or none. */
const isDenied = (reply: Reply, { access }: ThingSpaceRoute): boolean =>
  reply.status === 401 ||
  `${codeOf(reply)}`.includes('SessionToken') ||
  (codeOf(reply) === 'INVALID_ACCESS' && `${reply.body.errorMessage}`.includes(`"${access}"`));

const expectError = (reply: Reply, code: string) => {
  expect(seen(reply)).toMatch(/^400 /);
  expect(reply.body).toEqual({ errorCode: code, errorMessage: expect.any(String) });
};

const lastEvents = () => Promise.all([home.lastEvent(), abroad.lastEvent()]);

const mayWith = (granted: readonly Permission[], { access }: ThingSpaceRoute): boolean =>
  granted.some((one) => one === access);

describe('the table of routes', () => {
  it('has a known access for every route, and lets nobody in without a session but where it is listed', () => {
    const known = new Set<string>(['public', 'application', 'session', ...permissions]);
    expect(every.filter(({ route }) => !known.has(route.access))).toEqual([]);
    expect(withAccess('public')).toEqual(publicRoutes);
    expect(withAccess('application')).toEqual(applicationRoutes);
    expect(withAccess('session')).toEqual(sessionRoutes);
  });

  it('is what the server really answers, and no more', () => {
    const listed = Object.values(table).flatMap(({ method, path, aliases = [] }) =>
      [path, ...aliases].map((one) => `${method} ${basePath}${one}`),
    );
    const real = realRoutes(api.http).filter((route) => / \/api\/(fota|ts|m2m)\//.test(route));
    // Parameters of several routes share a place under one name.
    const anonymous = (route: string): string => route.replaceAll(/:[\w|:]+/g, ':');
    expect(real.map(anonymous).toSorted()).toEqual(listed.map(anonymous).toSorted());
  });

  it('names the account in the path or in the body wherever a permission is needed', () => {
    const without = guarded.filter(({ route }) => !route.path.includes(':account'));
    expect(without.map(({ name }) => name)).toEqual(['scheduleUpgradeV1']);
  });
});

describe.each(guarded)('$name', ({ route }) => {
  it('allows exactly the roles that have its permission, and nothing happens otherwise', async () => {
    const wrong: string[] = [];
    for (const { name, permissions: granted } of defaultRoles) {
      const session = await tokenFor(api.context, await home.person(name));
      const before = await lastEvents();
      const reply = await call(route, { session });
      const allowed = mayWith(granted, route);
      if (isDenied(reply, route) === allowed) wrong.push(`${name}: ${seen(reply)}`);
      if (allowed) continue;
      expectError(reply, 'INVALID_ACCESS');
      expect(await lastEvents()).toEqual(before);
    }
    expect(wrong).toEqual([]);
  });

  it('is the same as an account that does not exist for every role of another one', async () => {
    for (const { name } of defaultRoles) {
      const session = await tokenFor(api.context, await abroad.person(name));
      const before = await lastEvents();
      const real = await call(route, { session }, here);
      const unreal = await call(route, { session }, { ...here, account: '0000123456-00001' });
      expectError(real, 'INVALID_PARAMETER');
      expect(seen(real).replaceAll(home.ids.account, '')).toBe(
        seen(unreal).replaceAll('0000123456-00001', ''),
      );
      expect(await lastEvents()).toEqual(before);
    }
  });

  it('knows no application without a bearer that is valid', async () => {
    const user = await home.person('Administrator');
    const valid = await tokenFor(api.context, user);
    const expired = await tokenFor(api.context, user, { expiresAt: 1 });
    const forged = `${valid.slice(0, -1)}${valid.endsWith('0') ? '1' : '0'}`;
    const before = await lastEvents();
    for (const bearer of [null, 'nonsense', forged, expired]) {
      const reply = await call(route, { session: valid, bearer });
      expect(reply.status).toBe(401);
      expect(reply.body.fault.code).toBe(bearer === null ? '900902' : '900901');
      expect(reply.headers['www-authenticate']).toMatch(/^Bearer /);
    }
    expect(await lastEvents()).toEqual(before);
  });

  it('knows nobody without a session that is valid', async () => {
    const user = await home.person('Administrator');
    const valid = await tokenFor(api.context, user);
    const expired = await tokenFor(api.context, user, { expiresAt: 1 });
    const forged = `${valid.slice(0, -1)}${valid.endsWith('0') ? '1' : '0'}`;
    const before = await lastEvents();
    for (const session of [null, '', 'nonsense', forged, expired]) {
      const reply = await call(route, { session, bearer: valid });
      const isMissing = session === null || session === '';
      expectError(
        reply,
        `UnifiedWebService.REQUEST_FAILED.SessionToken.${isMissing ? 'Missing' : 'Expired'}`,
      );
    }
    expect(await lastEvents()).toEqual(before);
  });

  it('allows the server administrator in every account', async () => {
    const session = await tokenFor(api.context, await home.serverAdministrator());
    const reply = await call(route, { session }, { ...nowhere, account: abroad.ids.account });
    expect([isDenied(reply, route), seen(reply)]).toEqual([false, seen(reply)]);
  });

  it('allows nothing to a session without permissions, nor to a member without roles', async () => {
    const limited = [await home.person('Administrator'), await home.serverAdministrator()].map((user) =>
      tokenFor(api.context, user, { permissions: [] }),
    );
    const roleless = tokenFor(api.context, await home.person());
    for (const session of await Promise.all([...limited, roleless])) {
      const before = await lastEvents();
      expectError(await call(route, { session }), 'INVALID_ACCESS');
      expect(await lastEvents()).toEqual(before);
    }
  });
});

const withIds = guarded.filter(({ route }) => paramsIn(route.path).some((name) => /Id$/.test(name)));

describe.each(withIds)("another account's ids in $name", ({ route }) => {
  const params = paramsIn(route.path).filter((name) => /Id$/.test(name));

  it.each(params)('are not told from random ones as :%s', async (param) => {
    const session = await tokenFor(api.context, await home.person('Administrator'));
    const [foreign, unknown] = [there[param] ?? '', api.context.ids.uuid()];
    const before = await lastEvents();
    const real = await call(route, { session }, { ...here, [param]: foreign });
    const unreal = await call(route, { session }, { ...here, [param]: unknown });
    expect(seen(real).replaceAll(foreign, '')).toBe(seen(unreal).replaceAll(unknown, ''));
    expect(await lastEvents()).toEqual(before);
  });
});
